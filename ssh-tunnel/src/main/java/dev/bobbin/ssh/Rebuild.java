package dev.bobbin.ssh;

import dev.bobbin.error.TunnelException;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The making of a session in a thread of its own, so that whoever waits for it can be interrupted,
 * and another thread can give it up. A first session is tried once; one that broke is tried again
 * with growing pauses until the time for a connection is over.
 */
final class Rebuild {

  private static final Logger LOG = LoggerFactory.getLogger(Rebuild.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final long JOIN_MILLIS = 10_000;

  private final Hop hop;
  private final @Nullable SshSession broken;
  private final Supplier<Route> routes;
  private final PasswordMemory memory;
  private final boolean again;
  private final Runnable whenDone;
  private final Thread thread;

  private @Nullable SessionOpening opening;
  private @Nullable SshSession session;
  private @Nullable RuntimeException failure;
  private boolean cancelled;
  private boolean done;

  /**
   * @param broken the session before, whose remains are put away; null for none
   * @param routes gives a new way to the server for each attempt
   * @param again whether there was a session before
   * @param whenDone is called in the thread, once the outcome is there
   */
  Rebuild(
      Hop hop,
      @Nullable SshSession broken,
      Supplier<Route> routes,
      PasswordMemory memory,
      boolean again,
      Runnable whenDone) {
    this.hop = hop;
    this.broken = broken;
    this.routes = routes;
    this.memory = memory;
    this.again = again;
    this.whenDone = whenDone;
    this.thread = new Thread(this::run, "bobbin-ssh-connect " + hop.host());
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    SshSession made = null;
    RuntimeException failed = null;
    Route keeper = null;
    try {
      // A route of its own, so that a server on the way, which may be well, keeps its session
      // between the end of one attempt and the next.
      keeper = routes.get();
      if (broken != null) {
        broken.close();
      }
      made = build();
    } catch (RuntimeException e) {
      failed = e;
    } catch (Error e) {
      failed =
          new TunnelException(
              "The connection to the SSH server " + hop.host() + " failed.",
              "See the cause.",
              false,
              e);
    } finally {
      if (keeper != null) {
        keeper.close();
      }
    }
    boolean unwanted;
    synchronized (this) {
      unwanted = cancelled;
      session = unwanted ? null : made;
      failure = unwanted ? new SshFailures(hop.host()).closed() : failed;
      done = true;
    }
    if (unwanted && made != null) {
      made.close();
    }
    whenDone.run();
  }

  private SshSession build() {
    Deadline deadline = Deadline.in(hop.patience().connect());
    Duration pause = FIRST_PAUSE;
    for (int attempts = 1; ; attempts++) {
      try {
        return attempt(deadline);
      } catch (TunnelException e) {
        if (!again || !e.isRetryable() || deadline.millis() <= pause.toMillis()) {
          throw attempts == 1 ? e : afterAll(e, attempts);
        }
        LOG.info(
            "Attempt {} to build the SSH session with {} again failed: {} The next comes in {} ms.",
            attempts,
            hop.host(),
            e.problem(),
            pause.toMillis());
      }
      pause(pause);
      pause = pause.multipliedBy(2);
      pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    }
  }

  private static TunnelException afterAll(TunnelException last, int attempts) {
    return new TunnelException(
        last.problem() + " " + attempts + " attempts in a row failed.",
        last.remedy(),
        last.isRetryable(),
        last.getCause());
  }

  private SshSession attempt(Deadline deadline) {
    SessionOpening next;
    synchronized (this) {
      if (cancelled) {
        throw new SshFailures(hop.host()).closed();
      }
      next = new SessionOpening(hop, routes.get(), deadline, memory, Steps.unheard());
      opening = next;
    }
    SshSession made = next.open();
    LOG.debug("The SSH session with {} is open.", hop.host());
    return made;
  }

  private synchronized void pause(Duration pause) {
    Deadline end = Deadline.in(pause);
    try {
      while (!cancelled && !end.isOver()) {
        wait(end.millis());
      }
    } catch (InterruptedException e) {
      throw new SshFailures(hop.host()).interrupted(e);
    }
    if (cancelled) {
      throw new SshFailures(hop.host()).closed();
    }
  }

  synchronized boolean isDone() {
    return done;
  }

  /** The session, if it is done and there is one. */
  synchronized @Nullable SshSession session() {
    return session;
  }

  /** Why there is none. */
  synchronized @Nullable RuntimeException failure() {
    return failure;
  }

  /** Gives up, and waits until the thread has ended. */
  void cancel() {
    SessionOpening under;
    synchronized (this) {
      cancelled = true;
      under = opening;
      notifyAll();
    }
    if (under != null && !isDone()) {
      under.cancel();
    }
    SshSession.awaitEnd(thread, JOIN_MILLIS);
    SshSession late = session();
    if (late != null) {
      late.close();
    }
  }
}
