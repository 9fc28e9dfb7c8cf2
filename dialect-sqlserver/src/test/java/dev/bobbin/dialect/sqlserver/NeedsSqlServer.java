package dev.bobbin.dialect.sqlserver;

import dev.bobbin.testservers.SqlServer;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips what needs a server where there is none, and says so in the tests' output. */
final class NeedsSqlServer implements ExecutionCondition {

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (TestServers.isAny()) {
      return ConditionEvaluationResult.enabled("there is a server");
    }
    SqlServer.announceNone(context.getRequiredTestClass().getSimpleName());
    return ConditionEvaluationResult.disabled("there is no SQL Server");
  }
}
