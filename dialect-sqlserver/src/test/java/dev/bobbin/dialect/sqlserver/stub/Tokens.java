package dev.bobbin.dialect.sqlserver.stub;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes what a server sends, in the order of bytes that TDS has (MS-TDS, 2.2.5). */
final class Tokens {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Tokens u8(int value) {
    out.write(value);
    return this;
  }

  Tokens u16(int value) {
    return u8(value).u8(value >> 8);
  }

  Tokens u32(long value) {
    return u16((int) value).u16((int) (value >> 16));
  }

  Tokens u64(long value) {
    return u32(value).u32(value >> 32);
  }

  Tokens bytes(byte... bytes) {
    out.writeBytes(bytes);
    return this;
  }

  Tokens add(Tokens other) {
    return bytes(other.toBytes());
  }

  /** Characters behind their number, which takes one byte. */
  Tokens text8(String text) {
    return u8(text.length()).bytes(utf16(text));
  }

  /** Characters behind their number, which takes two bytes. */
  Tokens text16(String text) {
    return u16(text.length()).bytes(utf16(text));
  }

  static byte[] utf16(String text) {
    // not by a charset, which would replace halves of surrogate pairs
    byte[] bytes = new byte[2 * text.length()];
    for (int i = 0; i < text.length(); i++) {
      bytes[2 * i] = (byte) text.charAt(i);
      bytes[2 * i + 1] = (byte) (text.charAt(i) >> 8);
    }
    return bytes;
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  int size() {
    return out.size();
  }

  byte[] toBytes() {
    return out.toByteArray();
  }
}
