package dev.bobbin.testservers;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/** Writes ASN.1 in its distinguished encoding (X.690): as much of it as certificates need. */
final class Der {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private Der() {}

  static byte[] value(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(tag);
    int length = content.size();
    if (length < 0x80) {
      all.write(length);
    } else {
      byte[] bytes = BigInteger.valueOf(length).toByteArray();
      int zero = bytes[0] == 0 ? 1 : 0;
      all.write(0x80 | (bytes.length - zero));
      all.write(bytes, zero, bytes.length - zero);
    }
    all.writeBytes(content.toByteArray());
    return all.toByteArray();
  }

  static byte[] sequence(byte[]... parts) {
    return value(0x30, parts);
  }

  static byte[] set(byte[]... parts) {
    return value(0x31, parts);
  }

  static byte[] integer(BigInteger number) {
    return value(0x02, number.toByteArray());
  }

  static byte[] yes() {
    return value(0x01, new byte[] {(byte) 0xff});
  }

  static byte[] octets(byte[] content) {
    return value(0x04, content);
  }

  static byte[] bits(byte[] content) {
    return value(0x03, new byte[] {0}, content);
  }

  static byte[] utf8(String text) {
    return value(0x0c, text.getBytes(StandardCharsets.UTF_8));
  }

  /** A point in time (RFC 5280, 4.1.2.5: years before 2050 are to be of two digits). */
  static byte[] time(Instant instant) {
    String text = TIME.format(instant);
    return text.compareTo("2050") < 0
        ? value(0x17, text.substring(2).getBytes(StandardCharsets.US_ASCII))
        : value(0x18, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** An object identifier of numbers with dots between. */
  static byte[] identifier(String dotted) {
    List<Integer> numbers = new ArrayList<>();
    for (String number : dotted.split("\\.", -1)) {
      numbers.add(Integer.valueOf(number));
    }
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.write(numbers.get(0) * 40 + numbers.get(1));
    for (int number : numbers.subList(2, numbers.size())) {
      for (int shift = 28; shift > 0; shift -= 7) {
        if (number >>> shift != 0) {
          content.write(0x80 | (number >>> shift & 0x7f));
        }
      }
      content.write(number & 0x7f);
    }
    return value(0x06, content.toByteArray());
  }
}
