package dev.bobbin.internal;

import dev.bobbin.spi.BatchReader;
import dev.bobbin.spi.SourceSession;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The request to stop a run: cancels open readers and sessions, ends waits. Thread-safe. */
public final class Cancellation {

  /** The run was asked to stop. */
  public static final class Cancelled extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Cancelled() {
      super("cancelled", null, false, false);
    }
  }

  private final Set<BatchReader> readers = new HashSet<>();
  private final Set<SourceSession> sessions = new HashSet<>();
  private final Set<Cancellation> parts = new HashSet<>();
  private boolean requested;

  /** Not requested yet. */
  public Cancellation() {}

  /** The request to stop a part of the work alone; made by itself when the whole is to stop. */
  Cancellation part() {
    Cancellation part = new Cancellation();
    boolean late;
    synchronized (this) {
      late = requested;
      parts.add(part);
    }
    if (late) {
      part.request();
    }
    return part;
  }

  /** Leaves a part alone from now on. */
  synchronized void remove(Cancellation part) {
    parts.remove(part);
  }

  /** Requests it; doing so again does nothing. */
  public void request() {
    List<BatchReader> open;
    List<SourceSession> connected;
    List<Cancellation> running;
    synchronized (this) {
      if (requested) {
        return;
      }
      requested = true;
      running = List.copyOf(parts);
      open = List.copyOf(readers);
      connected = List.copyOf(sessions);
      notifyAll();
    }
    running.forEach(Cancellation::request);
    open.forEach(BatchReader::cancel);
    connected.forEach(SourceSession::cancel);
  }

  /** Whether it has been requested. */
  public synchronized boolean isRequested() {
    return requested;
  }

  /** Makes a reader end with this; at once if it has been requested already. */
  void add(BatchReader reader) {
    boolean late;
    synchronized (this) {
      late = requested;
      readers.add(reader);
    }
    if (late) {
      reader.cancel();
    }
  }

  synchronized void remove(BatchReader reader) {
    readers.remove(reader);
  }

  /** Makes calls that wait for a source end with this, until the session is removed. */
  public void add(SourceSession session) {
    boolean late;
    synchronized (this) {
      late = requested;
      sessions.add(session);
    }
    if (late) {
      session.cancel();
    }
  }

  /** Leaves a session alone from now on. */
  public synchronized void remove(SourceSession session) {
    sessions.remove(session);
  }

  /** Waits; shorter once it is requested or the thread is interrupted, which requests it. */
  public void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    boolean interrupted = false;
    synchronized (this) {
      while (!requested && !interrupted) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return;
        }
        try {
          wait(left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
      request();
    }
  }
}
