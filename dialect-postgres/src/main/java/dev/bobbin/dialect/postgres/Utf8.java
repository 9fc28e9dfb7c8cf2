package dev.bobbin.dialect.postgres;

/** Tells texts in UTF-8 from other bytes, which a database in SQL_ASCII takes too. */
final class Utf8 {

  private Utf8() {}

  /** Whether the bytes are well-formed UTF-8 (Unicode, table 3-7). */
  static boolean isValid(byte[] bytes, int at, int length) {
    int end = at + length;
    int next = at;
    while (next < end) {
      int first = bytes[next];
      if (first >= 0) {
        next++;
        continue;
      }
      int more;
      int low = 0x80;
      int high = 0xbf;
      int lead = first & 0xff;
      if (lead >= 0xc2 && lead <= 0xdf) {
        more = 1;
      } else if (lead >= 0xe0 && lead <= 0xef) {
        more = 2;
        low = lead == 0xe0 ? 0xa0 : low;
        high = lead == 0xed ? 0x9f : high;
      } else if (lead >= 0xf0 && lead <= 0xf4) {
        more = 3;
        low = lead == 0xf0 ? 0x90 : low;
        high = lead == 0xf4 ? 0x8f : high;
      } else {
        return false;
      }
      if (end - next <= more) {
        return false;
      }
      int second = bytes[next + 1] & 0xff;
      if (second < low || second > high) {
        return false;
      }
      for (int i = 2; i <= more; i++) {
        if ((bytes[next + i] & 0xc0) != 0x80) {
          return false;
        }
      }
      next += more + 1;
    }
    return true;
  }

  /** The bytes in the 'escape' format of bytea (manual, 8.4.2), which is ASCII. */
  static String escaped(byte[] bytes, int at, int length) {
    StringBuilder text = new StringBuilder(length * 2);
    for (int i = at; i < at + length; i++) {
      int b = bytes[i] & 0xff;
      if (b == '\\') {
        text.append("\\\\");
      } else if (b == 0 || b >= 0x80) {
        text.append('\\')
            .append((char) ('0' + (b >> 6)))
            .append((char) ('0' + (b >> 3 & 7)))
            .append((char) ('0' + (b & 7)));
      } else {
        text.append((char) b);
      }
    }
    return text.toString();
  }
}
