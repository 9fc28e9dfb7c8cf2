package dev.bobbin.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CrewTest {

  private final ExecutorService executor = Executors.newCachedThreadPool();

  @AfterEach
  void end() {
    executor.shutdownNow();
  }

  /** Runs these pieces, and remembers by which threads. */
  private static class Pieces implements Crew.Job {
    private final Queue<Runnable> left = new ConcurrentLinkedQueue<>();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicInteger atWork = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger hurried = new AtomicInteger();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    Pieces of(int count, Runnable piece) {
      for (int i = 0; i < count; i++) {
        left.add(piece);
      }
      return this;
    }

    @Override
    public boolean step() {
      Runnable piece = left.poll();
      if (piece == null) {
        return false;
      }
      threads.add(Thread.currentThread());
      most.accumulateAndGet(atWork.incrementAndGet(), Math::max);
      piece.run();
      atWork.decrementAndGet();
      done.incrementAndGet();
      return true;
    }

    @Override
    public boolean hasMore() {
      return !left.isEmpty();
    }

    @Override
    public void hurry() {
      hurried.incrementAndGet();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void asManyHandsAsAgreedWorkSideBySide() {
    CountDownLatch three = new CountDownLatch(3);
    Pieces job =
        new Pieces()
            .of(
                9,
                () -> {
                  three.countDown();
                  CrewTest.await(three);
                });
    new Crew(executor, 3).share(job);
    assertThat(job.done).hasValue(9);
    assertThat(job.most).hasValue(3);
    assertThat(job.threads).contains(Thread.currentThread());
  }

  @Test
  void theSharingThreadDoesAllWhereTheExecutorHasNoneToSpare() {
    List<Runnable> queued = new ArrayList<>();
    for (Executor none :
        List.<Executor>of(
            queued::add,
            task -> {
              throw new RejectedExecutionException();
            })) {
      Pieces job = new Pieces().of(5, () -> {});
      new Crew(none, 4).share(job);
      assertThat(job.done).hasValue(5);
      assertThat(job.threads).containsExactly(Thread.currentThread());
    }
    assertThat(queued).hasSize(1);
    queued.forEach(Runnable::run); // too late: there is nothing to do, and nothing happens
  }

  @Test
  void whoIsDoneWithOneJobHelpsWithTheOther() {
    Crew crew = new Crew(executor, 2);
    CountDownLatch both = new CountDownLatch(2);
    Pieces slices =
        new Pieces()
            .of(
                2,
                () -> {
                  both.countDown();
                  CrewTest.await(both);
                });
    Pieces tables = new Pieces().of(1, () -> crew.share(slices)).of(3, () -> {});
    crew.share(tables);
    assertThat(slices.threads).hasSize(2);
    assertThat(tables.done).hasValue(4);
  }

  @Test
  void theSharingThreadHelpsWhileItWaitsForTheLastPiece() {
    Crew crew = new Crew(executor, 2);
    CountDownLatch othersBegan = new CountDownLatch(1);
    CountDownLatch both = new CountDownLatch(2);
    Pieces slices =
        new Pieces()
            .of(
                2,
                () -> {
                  both.countDown();
                  CrewTest.await(both);
                });
    Pieces tables = new Pieces();
    tables.of(1, () -> CrewTest.await(othersBegan));
    tables.of(
        1,
        () -> {
          othersBegan.countDown();
          crew.share(slices);
        });
    crew.share(tables);
    assertThat(slices.done).hasValue(2);
    assertThat(slices.threads).hasSize(2);
  }

  @Test
  void aThreadThatRefusesAPieceLeavesItToTheOthers() {
    Crew crew = new Crew(executor, 2);
    Thread owner = Thread.currentThread();
    CountDownLatch refused = new CountDownLatch(1);
    AtomicInteger left = new AtomicInteger(3);
    crew.share(
        new Crew.Job() {
          @Override
          public boolean step() {
            if (Thread.currentThread() != owner) {
              refused.countDown();
              return false;
            }
            CrewTest.await(refused);
            return left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
          }

          @Override
          public boolean hasMore() {
            return left.get() > 0;
          }

          @Override
          public void hurry() {}
        });
    assertThat(left).hasValue(0);
  }

  @Test
  void anInterruptHurriesTheOthersAndIsKept() {
    CountDownLatch hurried = new CountDownLatch(1);
    CountDownLatch began = new CountDownLatch(1);
    Thread owner = Thread.currentThread();
    Pieces job =
        new Pieces() {
          @Override
          public void hurry() {
            super.hurry();
            hurried.countDown();
          }
        };
    job.of(
        2,
        () -> {
          if (Thread.currentThread() == owner) {
            CrewTest.await(began);
            owner.interrupt();
          } else {
            began.countDown();
            CrewTest.await(hurried);
          }
        });
    new Crew(executor, 2).share(job);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(job.done).hasValue(2);
  }
}
