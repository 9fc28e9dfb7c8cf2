package dev.bobbin.benchmarks;

import java.sql.Connection;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** COPY in the binary format through the driver to nowhere: stands in where there is no psql. */
final class CopyOutPeer implements Peer {

  @Override
  public Copied copy(Source source, String table, long rows) throws Exception {
    long messages = 0;
    long bytes = 0;
    try (Connection connection = source.connect()) {
      CopyOut copy =
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyOut("COPY " + table + " TO STDOUT (FORMAT binary)");
      for (byte[] row = copy.readFromCopy(); row != null; row = copy.readFromCopy()) {
        messages++;
        bytes += row.length;
      }
    }
    return new Copied(messages - 1, bytes); // the trailer is a message of its own
  }
}
