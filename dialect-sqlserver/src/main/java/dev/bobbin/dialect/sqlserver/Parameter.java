package dev.bobbin.dialect.sqlserver;

import com.microsoft.sqlserver.jdbc.ISQLServerPreparedStatement;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Locale;

/**
 * The value of a parameter, which the driver declares with a type of SQL Server's own: an operand
 * of another type than its column's would be rounded, or keep the server from using an index.
 *
 * @param form how it is bound
 * @param value its Java value
 * @param first of a decimal the precision, of times the digits of a second; else 0
 * @param second of a decimal the scale; else 0
 */
record Parameter(Form form, Object value, int first, int second) {

  /** How a value is bound. */
  enum Form {
    BIT(Types.BIT),
    TINYINT(Types.TINYINT),
    SMALLINT(Types.SMALLINT),
    INT(Types.INTEGER),
    BIGINT(Types.BIGINT),
    DECIMAL(Types.DECIMAL),
    MONEY(microsoft.sql.Types.MONEY),
    SMALLMONEY(microsoft.sql.Types.SMALLMONEY),
    FLOAT(Types.DOUBLE),
    DATE(Types.DATE),
    TIME(Types.TIME),
    DATETIME2(Types.TIMESTAMP),
    DATETIMEOFFSET(microsoft.sql.Types.DATETIMEOFFSET),
    UNIQUEIDENTIFIER(microsoft.sql.Types.GUID),
    NVARCHAR(Types.NVARCHAR),
    VARBINARY(Types.VARBINARY);

    private final int type;

    Form(int type) {
      this.type = type;
    }
  }

  static Parameter of(Form form, Object value) {
    return new Parameter(form, value, 0, 0);
  }

  static Parameter text(String value) {
    return of(Form.NVARCHAR, value);
  }

  static Parameter number(long value) {
    return of(Form.BIGINT, value);
  }

  /** Binds it. */
  void bind(PreparedStatement statement, int index) throws SQLException {
    switch (form) {
      case BIT -> statement.setBoolean(index, (Boolean) value);
      case TINYINT, SMALLINT -> statement.setShort(index, ((Number) value).shortValue());
      case INT -> statement.setInt(index, ((Number) value).intValue());
      case BIGINT -> statement.setLong(index, ((Number) value).longValue());
      case FLOAT -> statement.setDouble(index, (Double) value);
      case DECIMAL ->
          statement
              .unwrap(ISQLServerPreparedStatement.class)
              .setBigDecimal(index, (BigDecimal) value, first, second);
      case VARBINARY -> statement.setBytes(index, (byte[]) value);
      case NVARCHAR -> statement.setNString(index, (String) value);
      case TIME, DATETIME2, DATETIMEOFFSET -> statement.setObject(index, value, form.type, first);
      default -> statement.setObject(index, value, form.type);
    }
  }

  /** The form alone: values can be those of rows. */
  @Override
  public String toString() {
    String name = form.name().toLowerCase(Locale.ROOT);
    return switch (form) {
      case DECIMAL -> name + "(" + first + "," + second + ")";
      case TIME, DATETIME2, DATETIMEOFFSET -> name + "(" + first + ")";
      default -> name;
    };
  }
}
