package dev.bobbin.dialect.postgres;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Whole numbers as PostgreSQL sends them: in network byte order. */
final class BigEndian {

  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);

  private BigEndian() {}

  private static VarHandle view(Class<?> type) {
    return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.BIG_ENDIAN);
  }

  static short int2(byte[] from, int at) {
    return (short) SHORT.get(from, at);
  }

  static int int4(byte[] from, int at) {
    return (int) INT.get(from, at);
  }

  static long int8(byte[] from, int at) {
    return (long) LONG.get(from, at);
  }
}
