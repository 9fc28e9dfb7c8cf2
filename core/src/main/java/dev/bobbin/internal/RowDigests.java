package dev.bobbin.internal;

import dev.bobbin.catalog.Table;
import dev.bobbin.record.RecordBatch;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Makes the digests by which delivered rows are known again: one of all values of a row, and a
 * shorter one of its identity, under a key that the state keeps. Used by one thread at a time.
 */
final class RowDigests {

  /** Between the two digests of a row; no character of Base64. */
  static final char IDENTITY = '.';

  private static final int ROW_BYTES = 16;

  /** Two identities that share a digest cost a row that is delivered again, and no more. */
  private static final int IDENTITY_BYTES = 8;

  private final Mac mac;
  private final int[] identity;

  /**
   * The digests of rows of a table.
   *
   * @param key the state's
   * @param table with the columns that are read
   * @param identity the columns that tell a row from all others; empty where nothing does
   */
  RowDigests(byte[] key, Table table, List<String> identity) {
    this.identity =
        identity.stream()
            .mapToInt(name -> table.columns().indexOf(table.column(name).orElseThrow()))
            .toArray();
    try {
      mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has HmacSHA256", e);
    }
  }

  /** The digest of all values of a row. */
  String ofRow(RecordBatch rows, int row) {
    return text(rows.digest(row, mac), ROW_BYTES);
  }

  /** The digest of what tells a row from all others; null where nothing does. */
  @Nullable String ofIdentity(RecordBatch rows, int row) {
    return identity.length == 0 ? null : text(rows.digest(row, identity, mac), IDENTITY_BYTES);
  }

  /** What a checkpoint keeps of a row. */
  String entry(RecordBatch rows, int row, String ofRow) {
    String ofIdentity = ofIdentity(rows, row);
    return ofIdentity == null ? ofRow : ofRow + IDENTITY + ofIdentity;
  }

  private static String text(byte[] digest, int bytes) {
    return Base64.getEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, bytes));
  }
}
