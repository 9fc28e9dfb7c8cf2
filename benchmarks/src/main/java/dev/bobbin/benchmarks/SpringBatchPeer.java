package dev.bobbin.benchmarks;

import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobInterruptedException;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.repository.support.ResourcelessJobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.batch.infrastructure.item.ItemWriter;
import org.springframework.batch.infrastructure.item.database.JdbcCursorItemReader;
import org.springframework.batch.infrastructure.item.database.builder.JdbcCursorItemReaderBuilder;
import org.springframework.batch.infrastructure.support.transaction.ResourcelessTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * Spring Batch: a chunk-oriented step with a JdbcCursorItemReader, whose connection does not commit
 * by itself, and a job repository that keeps nothing.
 *
 * @param fetchSize what makes the driver stream
 */
record SpringBatchPeer(int fetchSize) implements Peer {

  private static final int CHUNK_SIZE = 1_000;

  @Override
  public Copied copy(Source source, String table, long rows) throws Exception {
    JdbcCursorItemReader<ShopRow> reader =
        new JdbcCursorItemReaderBuilder<ShopRow>()
            .name(table)
            .dataSource(new DriverManagerDataSource(source.url()))
            .connectionAutoCommit(false)
            .sql("SELECT * FROM " + table)
            .fetchSize(fetchSize)
            .verifyCursorPosition(fetchSize != JdbcPeer.STREAMING) // where rows have no number
            .rowMapper((row, number) -> ShopRow.of(row, source.product()))
            .build();
    LongAdder count = new LongAdder();
    LongAdder sum = new LongAdder();
    ItemWriter<ShopRow> writer =
        chunk -> {
          count.add(chunk.size());
          chunk.forEach(row -> sum.add(row.sum()));
        };
    run(table, reader, writer);
    return new Copied(count.sum(), sum.sum());
  }

  private static void run(
      String name, JdbcCursorItemReader<ShopRow> reader, ItemWriter<ShopRow> writer)
      throws JobInterruptedException {
    ResourcelessJobRepository repository = new ResourcelessJobRepository();
    Step step =
        new StepBuilder(name, repository)
            .<ShopRow, ShopRow>chunk(CHUNK_SIZE)
            .transactionManager(new ResourcelessTransactionManager())
            .reader(reader)
            .writer(writer)
            .build();
    Job job = new JobBuilder(name, repository).start(step).build();
    JobParameters none = new JobParameters(Set.of());
    JobExecution execution =
        repository.createJobExecution(
            repository.createJobInstance(name, none), none, new ExecutionContext());
    job.execute(execution);
    if (execution.getStatus() != BatchStatus.COMPLETED) {
      throw new IllegalStateException("the job " + execution, cause(execution));
    }
  }

  private static Throwable cause(JobExecution execution) {
    return execution.getAllFailureExceptions().get(0);
  }
}
