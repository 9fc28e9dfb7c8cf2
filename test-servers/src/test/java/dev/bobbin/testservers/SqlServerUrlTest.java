package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Addresses of SQL Servers. */
class SqlServerUrlTest {

  @Test
  void readsBothForms() {
    assertThat(
            SqlServer.parse(
                "sqlserver://sa:p%40ss:w+rd@db.internal:1434/shop?encrypt=false"
                    + "&trustServerCertificate=true"))
        .containsEntry("host", "db.internal")
        .containsEntry("port", "1434")
        .containsEntry("user", "sa")
        .containsEntry("password", "p@ss:w+rd")
        .containsEntry("databaseName", "shop")
        .containsEntry("encrypt", "false");
    assertThat(
            SqlServer.parse(
                "jdbc:sqlserver://db.internal:1434;user=sa;password={a;b}}c};encrypt=true;"
                    + "databaseName=shop"))
        .containsEntry("host", "db.internal")
        .containsEntry("port", "1434")
        .containsEntry("user", "sa")
        .containsEntry("password", "a;b}c")
        .containsEntry("databaseName", "shop")
        .containsEntry("encrypt", "true");
    assertThat(SqlServer.parse("jdbc:sqlserver://;serverName=db;userName=sa;database=shop"))
        .containsEntry("host", "db")
        .containsEntry("user", "sa")
        .containsEntry("databaseName", "shop");
    assertThat(SqlServer.parse("sqlserver://sa:x@db/")).doesNotContainKey("databaseName");
  }

  @Test
  void refusesOthersWithoutShowingThem() {
    assertThatThrownBy(() -> SqlServer.parse("postgresql://u:secret@h/"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> SqlServer.parse("sqlserver://h:1433/"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
