package dev.bobbin.dialect.postgres;

/**
 * Why a table cannot be cut into slices, found by structure sync.
 *
 * @param because a clause
 * @param latecomers whether a scan by key tells latecomers all the same
 */
record Obstacle(String because, boolean latecomers) {

  static Obstacle toAll(String because) {
    return new Obstacle(because, false);
  }
}
