package dev.bobbin.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** The child JVM of one case in one round: warms up, is timed once, and prints the measurement. */
final class Child {

  private Child() {}

  /** Arguments: the peer's name, those of a {@link Source}, those of a {@link Work}. */
  public static void main(String[] args) throws Exception {
    List<String> arguments = List.of(args);
    int work = 1 + Source.ARGUMENTS;
    Measurement measured =
        measure(
            Peers.named(arguments.get(0)),
            Source.parse(arguments.subList(1, work)),
            Work.parse(arguments.subList(work, arguments.size())));
    System.out.println(measured.toLine());
    System.exit(0); // some peers leave threads behind
  }

  static Measurement measure(Peer peer, Source source, Work work) throws Exception {
    if (work.hasWarmUp()) {
      warmUp(peer, source, work);
    }
    HeapPeak heap = HeapPeak.sinceNow();
    long begin = System.nanoTime();
    Copied copied = peer.copy(source, work.table(), work.rows());
    double seconds = (System.nanoTime() - begin) / 1e9;
    check(copied, work.rows());
    return new Measurement(seconds, copied.rows(), heap.bytes(), ResidentMemory.peak("self"));
  }

  private static void warmUp(Peer peer, Source source, Work work) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(work.warmUpSeconds());
    do {
      check(peer.copy(source, work.warmUpTable(), work.warmUpRows()), work.warmUpRows());
    } while (System.nanoTime() < end);
  }

  private static void check(Copied copied, long rows) {
    if (copied.rows() != rows) {
      throw new IllegalStateException(copied.rows() + " rows were read where there are " + rows);
    }
    System.out.println("sum " + copied.sum());
  }
}
