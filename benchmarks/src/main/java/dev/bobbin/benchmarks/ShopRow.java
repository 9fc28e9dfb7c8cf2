package dev.bobbin.benchmarks;

import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A row of {@link ShopTable} as an application would hold it. */
record ShopRow(
    long id,
    int customer,
    short quantity,
    BigDecimal price,
    double weight,
    boolean paid,
    OffsetDateTime createdAt,
    @Nullable LocalDateTime shippedAt,
    LocalDate day,
    UUID token,
    String city,
    String note,
    @Nullable String details) {

  /** The row that the result stands at, by the getter of each column's type. */
  static ShopRow of(ResultSet row, Product product) throws SQLException {
    return new ShopRow(
        row.getLong(1),
        row.getInt(2),
        row.getShort(3),
        row.getBigDecimal(4),
        row.getDouble(5),
        row.getBoolean(6),
        row.getObject(7, OffsetDateTime.class),
        row.getObject(8, LocalDateTime.class),
        row.getObject(9, LocalDate.class),
        product.uuid(row, 10),
        row.getString(11),
        row.getString(12),
        row.getString(13));
  }

  /** A number that depends on every value. */
  long sum() {
    return id
        + customer
        + quantity
        + price.scale()
        + (long) weight
        + (paid ? 1 : 0)
        + createdAt.getSecond()
        + (shippedAt == null ? 0 : shippedAt.getSecond())
        + day.getDayOfMonth()
        + token.getLeastSignificantBits()
        + city.length()
        + note.length()
        + (details == null ? 0 : details.length());
  }
}
