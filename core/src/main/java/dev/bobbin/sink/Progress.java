package dev.bobbin.sink;

import dev.bobbin.state.Checkpoint;
import java.util.List;

/** A sink's own record of how far a table has come. Immutable. */
public final class Progress {

  private static final Progress NOT_TRACKED = new Progress(false, List.of());

  private final boolean tracked;
  private final List<Checkpoint> checkpoints;

  private Progress(boolean tracked, List<Checkpoint> checkpoints) {
    this.tracked = tracked;
    this.checkpoints = List.copyOf(checkpoints);
  }

  /** The sink keeps no checkpoints: the state store is believed. */
  public static Progress notTracked() {
    return NOT_TRACKED;
  }

  /** The sink keeps checkpoints and has none of this table: it holds none of its rows. */
  public static Progress none() {
    return new Progress(true, List.of());
  }

  /** The checkpoints that the sink committed with rows: the latest of each scan. */
  public static Progress of(List<Checkpoint> checkpoints) {
    return new Progress(true, checkpoints);
  }

  /** Whether the sink keeps checkpoints. */
  public boolean isTracked() {
    return tracked;
  }

  /** The checkpoints. */
  public List<Checkpoint> checkpoints() {
    return checkpoints;
  }

  @Override
  public String toString() {
    return tracked ? checkpoints.toString() : "not tracked";
  }
}
