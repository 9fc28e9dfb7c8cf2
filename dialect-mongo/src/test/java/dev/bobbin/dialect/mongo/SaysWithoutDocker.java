package dev.bobbin.dialect.mongo;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;

/** A line of the tests' output for each class of tests that is skipped for want of Docker. */
final class SaysWithoutDocker implements ExecutionCondition {

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (context.getTestMethod().isEmpty() && !DockerClientFactory.instance().isDockerAvailable()) {
      System.out.println(
          "[test-servers] " + context.getDisplayName() + " skipped: there is no Docker");
    }
    return ConditionEvaluationResult.enabled("it only tells");
  }
}
