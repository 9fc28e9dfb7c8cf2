package dev.bobbin.ssh;

import dev.bobbin.error.TunnelException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one session that all tunnels through the same {@link SshTunnel} share: made when the first of
 * them needs it, made again when it broke, closed with the last of them. Thread-safe.
 */
final class SharedSession {

  private final Hop hop;
  private final Supplier<Route> routes;
  private final PasswordMemory memory = new PasswordMemory();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private int users;
  private boolean hadSession;
  private @Nullable SshSession session;
  private @Nullable Rebuild rebuild;
  private @Nullable Rebuild latest;

  SharedSession(Hop hop, Supplier<Route> routes) {
    this.hop = hop;
    this.routes = routes;
  }

  /** Says that a tunnel needs the session from now on. */
  void enter() {
    lock.lock();
    try {
      users++;
    } finally {
      lock.unlock();
    }
  }

  /** Says that a tunnel, which is marked as closed by now, does not need the session any more. */
  void leave() {
    SshSession last = null;
    Rebuild unwanted = null;
    lock.lock();
    try {
      users--;
      if (users == 0) {
        last = session;
        // One that is done may still have its thread.
        unwanted = latest;
        session = null;
        rebuild = null;
        latest = null;
        hadSession = false;
        memory.forget();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (unwanted != null) {
      unwanted.cancel();
    }
    if (last != null) {
      last.close();
    }
  }

  /** Whether there is a session, and it lives. */
  boolean isAlive() {
    lock.lock();
    try {
      SshSession current = session;
      return current != null && current.isAlive();
    } finally {
      lock.unlock();
    }
  }

  /**
   * A session that lives.
   *
   * @param user waits for it, and no longer once it is closed
   * @throws TunnelException if there is none
   */
  SshSession get(OpenTunnel user) {
    SshFailures failures = new SshFailures(hop.host());
    try {
      lock.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failures.interrupted(e);
    }
    try {
      while (!user.isClosed()) {
        SshSession current = session;
        if (current != null && current.isAlive()) {
          return current;
        }
        Rebuild under = rebuild != null ? rebuild : begin();
        // Until the outcome has been taken, which needs the lock.
        while (under.equals(rebuild) && !user.isClosed()) {
          changed.await();
        }
        RuntimeException failure = under.failure();
        if (failure != null && !user.isClosed()) {
          throw own(failure);
        }
      }
      throw failures.closed();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failures.interrupted(e);
    } finally {
      lock.unlock();
    }
  }

  private Rebuild begin() {
    Rebuild next = new Rebuild(hop, session, routes, memory, hadSession, this::takeOutcome);
    next.start();
    session = null;
    rebuild = next;
    latest = next;
    return next;
  }

  /** In the thread of the rebuild. */
  private void takeOutcome() {
    lock.lock();
    try {
      Rebuild finished = rebuild;
      // Else everybody has left meanwhile, and it was cancelled.
      if (finished != null && finished.isDone()) {
        session = finished.session();
        hadSession |= session != null;
        rebuild = null;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Each thrower has an exception of its own: others may add suppressed ones. */
  private static RuntimeException own(RuntimeException failure) {
    return failure instanceof TunnelException known
        ? new TunnelException(
            known.problem(), known.remedy(), known.isRetryable(), known.getCause())
        : failure;
  }
}
