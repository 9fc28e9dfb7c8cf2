package dev.bobbin.examples;

import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.catalog.TableId;
import dev.bobbin.select.Selection;
import java.nio.file.Path;

/**
 * A program that copies the order lines in small batches, and says after each how far it is. The
 * quick start kills it in the middle.
 */
final class KilledLoad {

  /** The variable of the environment that holds the password: arguments are seen by everyone. */
  static final String PASSWORD = "QUICKSTART_PASSWORD";

  private KilledLoad() {}

  /** Copies; the arguments are host, port, database, user, folder and the rows of a batch. */
  public static void main(String[] args) {
    ShopCopy copy =
        new ShopCopy(
            args[0],
            Integer.parseInt(args[1]),
            args[2],
            args[3],
            String.valueOf(System.getenv(PASSWORD)),
            Path.of(args[4]));
    ReplicatorListener progress =
        new ReplicatorListener() {
          @Override
          public void onProgress(TableId table, long rows, long bytes) {
            System.out.println("rows " + rows);
          }
        };
    try (Replicator replicator =
        copy.replicator().batchRows(Integer.parseInt(args[5])).listener(progress).build()) {
      replicator.replicate(Selection.of(ShopCopy.orderLines()), copy.sink()).throwIfFailed();
    }
    System.out.println("done");
  }
}
