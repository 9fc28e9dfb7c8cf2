package dev.bobbin.dialect.sqlserver.stub;

/** How the values of a column are sent (MS-TDS, 2.2.5.4 and 2.2.5.5). */
public final class Type {

  private static final byte[] LATIN1 = {0x09, 0x04, (byte) 0xd0, 0x00, 0x34};
  private static final byte[] UTF8 = {0x09, 0x04, (byte) 0xd0, 0x04, 0x00};
  private static final int NULL16 = 0xffff;
  private static final long NULL64 = -1L;

  public static final Type BIT = of(1, new Tokens().u8(0x68).u8(1));
  public static final Type TINYINT = of(1, new Tokens().u8(0x26).u8(1));
  public static final Type SMALLINT = of(1, new Tokens().u8(0x26).u8(2));
  public static final Type INT = of(1, new Tokens().u8(0x26).u8(4));
  public static final Type BIGINT = of(1, new Tokens().u8(0x26).u8(8));
  public static final Type REAL = of(1, new Tokens().u8(0x6d).u8(4));
  public static final Type FLOAT = of(1, new Tokens().u8(0x6d).u8(8));
  public static final Type MONEY = of(1, new Tokens().u8(0x6e).u8(8));
  public static final Type SMALLMONEY = of(1, new Tokens().u8(0x6e).u8(4));
  public static final Type DATETIME = of(1, new Tokens().u8(0x6f).u8(8));
  public static final Type SMALLDATETIME = of(1, new Tokens().u8(0x6f).u8(4));
  public static final Type DATE = of(1, new Tokens().u8(0x28));
  public static final Type TIME = of(1, new Tokens().u8(0x29).u8(7));
  public static final Type DATETIME2 = of(1, new Tokens().u8(0x2a).u8(7));
  public static final Type DATETIMEOFFSET = of(1, new Tokens().u8(0x2b).u8(7));
  public static final Type GUID = of(1, new Tokens().u8(0x24).u8(16));
  public static final Type NVARCHAR = of(2, new Tokens().u8(0xe7).u16(8000).bytes(LATIN1));
  public static final Type NCHAR = of(2, new Tokens().u8(0xef).u16(20).bytes(LATIN1));
  public static final Type VARCHAR = of(2, new Tokens().u8(0xa7).u16(8000).bytes(LATIN1));
  public static final Type VARCHAR_UTF8 = of(2, new Tokens().u8(0xa7).u16(8000).bytes(UTF8));
  public static final Type CHAR = of(2, new Tokens().u8(0xaf).u16(10).bytes(LATIN1));
  public static final Type VARBINARY = of(2, new Tokens().u8(0xa5).u16(8000));
  public static final Type BINARY = of(2, new Tokens().u8(0xad).u16(4));
  public static final Type ROWVERSION = new Type(new Tokens().u8(0xad).u16(8).toBytes(), 2, 80);
  public static final Type NVARCHAR_MAX = of(0, new Tokens().u8(0xe7).u16(NULL16).bytes(LATIN1));
  public static final Type VARCHAR_MAX = of(0, new Tokens().u8(0xa7).u16(NULL16).bytes(LATIN1));
  public static final Type VARBINARY_MAX = of(0, new Tokens().u8(0xa5).u16(NULL16));
  public static final Type TEXT =
      of(-1, new Tokens().u8(0x23).u32(Integer.MAX_VALUE).bytes(LATIN1).u8(1).text16("t"));
  public static final Type NTEXT =
      of(-1, new Tokens().u8(0x63).u32(Integer.MAX_VALUE).bytes(LATIN1).u8(1).text16("t"));
  public static final Type IMAGE =
      of(-1, new Tokens().u8(0x22).u32(Integer.MAX_VALUE).u8(1).text16("t"));

  private final byte[] info;
  private final int lengthBytes;
  private final int userType;

  /**
   * A type.
   *
   * @param info the TYPE_INFO of its column
   * @param lengthBytes how many bytes the length before a value takes; 0 for pieces (PLP), -1 for a
   *     text pointer before the value
   * @param userType 80 for a rowversion, else 0
   */
  private Type(byte[] info, int lengthBytes, int userType) {
    this.info = info;
    this.lengthBytes = lengthBytes;
    this.userType = userType;
  }

  byte[] info() {
    return info;
  }

  int userType() {
    return userType;
  }

  private static Type of(int lengthBytes, Tokens info) {
    return new Type(info.toBytes(), lengthBytes, 0);
  }

  /** A decimal of a precision and scale. */
  public static Type decimal(int precision, int scale) {
    return of(1, new Tokens().u8(0x6a).u8(17).u8(precision).u8(scale));
  }

  /** The bytes of a value, or of NULL, in a row. */
  byte[] value(byte[] value) {
    Tokens out = new Tokens();
    switch (lengthBytes) {
      case 1 -> out.u8(value == null ? 0 : value.length);
      case 2 -> out.u16(value == null ? NULL16 : value.length);
      case 0 -> {
        if (value == null) {
          return out.u64(NULL64).toBytes();
        }
        out.u64(-2L); // of unknown length
        for (int at = 0; at < value.length; at += 5000) {
          byte[] piece = java.util.Arrays.copyOfRange(value, at, Math.min(value.length, at + 5000));
          out.u32(piece.length).bytes(piece);
        }
        return out.u32(0).toBytes();
      }
      default -> {
        if (value == null) {
          return out.u8(0).toBytes();
        }
        out.u8(16).bytes(new byte[16]).bytes(new byte[8]).u32(value.length);
      }
    }
    return value == null ? out.toBytes() : out.bytes(value).toBytes();
  }
}
