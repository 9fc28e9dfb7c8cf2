package dev.bobbin.internal;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hands of a run: so many threads at most that copy at the same time, over all tables.
 *
 * <p>A thread that has a {@link Job} of several pieces {@link #share}s it: it works on it itself,
 * and hands that are free join. A hand that finds no piece in one job looks for another, so that
 * whoever is done with the small tables helps with the slices of the large one. Hands are threads
 * of the executor; with none to spare, the thread that shares does all the work. Thread-safe.
 */
public final class Crew {

  private static final Logger LOG = LoggerFactory.getLogger(Crew.class);

  /** Work in pieces that several threads can do side by side. Thread-safe. */
  public interface Job {

    /**
     * Does the next piece; throws nothing.
     *
     * @return false, without having done anything, if there is none for this thread
     */
    boolean step();

    /** Whether pieces are left that nobody has begun. */
    boolean hasMore();

    /** Makes {@link #step()} end soon wherever it is at work. */
    void hurry();
  }

  private static final class Shared {
    private final Job job;
    private int hands;

    Shared(Job job) {
      this.job = job;
    }
  }

  private final Executor executor;
  private final List<Shared> jobs = new ArrayList<>();
  private int free;

  /**
   * A crew.
   *
   * @param executor lends its threads
   * @param hands how many threads work at the same time, the one that shares the first job included
   */
  public Crew(Executor executor, int hands) {
    this.executor = executor;
    this.free = hands - 1;
  }

  /**
   * Does a job to its end, with as many hands as are free. Jobs that were shared earlier come first
   * for hands that look for work.
   */
  public void share(Job job) {
    Shared shared = new Shared(job);
    boolean outermost;
    synchronized (this) {
      outermost = jobs.isEmpty();
      jobs.add(shared);
      notifyAll();
    }
    try {
      do {
        recruit();
        work(job);
        awaitHands(shared, outermost);
      } while (job.hasMore());
    } finally {
      awaitHands(shared, false);
      synchronized (this) {
        jobs.remove(shared);
      }
    }
  }

  private static void work(Job job) {
    boolean more = true;
    while (more) {
      more = job.step();
    }
  }

  /** Sends for one hand more, which sends for the next if there is work for it. */
  private void recruit() {
    synchronized (this) {
      if (free == 0 || jobs.stream().noneMatch(s -> s.job.hasMore())) {
        return;
      }
      free--;
    }
    try {
      executor.execute(this::help);
    } catch (RejectedExecutionException e) {
      LOG.debug("No thread to help: those that are at work do it all");
      leave();
    }
  }

  private void help() {
    try {
      Set<Job> refused = new HashSet<>();
      for (Shared shared = join(refused); shared != null; shared = join(refused)) {
        recruit();
        helpWith(shared, refused);
      }
    } finally {
      leave();
    }
  }

  private synchronized void leave() {
    free++;
  }

  /**
   * Work on a job that this thread has joined, and will not again if pieces are left for others.
   */
  private void helpWith(Shared shared, Set<Job> refused) {
    try {
      work(shared.job);
    } finally {
      refused.add(shared.job);
      synchronized (this) {
        shared.hands--;
        notifyAll();
      }
    }
  }

  private synchronized @Nullable Shared join(Set<Job> refused) {
    for (Shared shared : jobs) {
      if (!refused.contains(shared.job) && shared.job.hasMore()) {
        shared.hands++;
        return shared;
      }
    }
    return null;
  }

  /**
   * Waits until no other hand is at work on a job.
   *
   * @param helping whether to help with other jobs meanwhile
   */
  private void awaitHands(Shared own, boolean helping) {
    boolean interrupted = false;
    Set<Job> refused = new HashSet<>(Set.of(own.job));
    while (true) {
      Shared other;
      synchronized (this) {
        if (own.hands == 0) {
          break;
        }
        other = helping ? join(refused) : null;
        if (other == null) {
          try {
            wait();
          } catch (InterruptedException e) {
            interrupted = true;
            own.job.hurry();
          }
        }
      }
      if (other != null) {
        helpWith(other, refused);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
