package dev.bobbin.dialect.sqlserver;

import static dev.bobbin.select.TableSelection.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.Selection;
import org.junit.jupiter.api.Test;

/** The statements that make a user, which were read by eye. */
class SqlServerGrantsTest {

  private static final SqlServerDialect SHOP = SqlServerDialect.at("db", 1433, "shop");

  @Test
  void tablesAndColumnsAreGrantedByName() {
    assertThat(
            SHOP.grants(
                "et]l",
                Selection.of(
                    table("orders").incrementalBy("updated_at"),
                    table("sales.customers").only("id", "country"),
                    table("\"other\".\"dbo\".\"a]b\""))))
        .isEqualTo(
            """
            -- As an administrator. In Azure SQL Database the first statement is for master.
            CREATE LOGIN "et]l" WITH PASSWORD = N'<password>';

            USE [shop];
            CREATE USER "et]l" FOR LOGIN "et]l";
            GRANT SELECT ON [dbo].[orders] TO "et]l";
            -- With the columns of its primary key, where they are not named:
            GRANT SELECT ON [sales].[customers] ([country], [id]) TO "et]l";

            USE [other];
            CREATE USER "et]l" FOR LOGIN "et]l";
            GRANT SELECT ON [dbo]."a]b" TO "et]l";
            """);
  }

  @Test
  void aPatternIsAQueryForTheGrantsOfWhatMatchesNow() {
    String grants = SHOP.grants("etl", Selection.of(table("dbo.or[d*")).exclude("dbo.or[d_old"));
    assertThat(grants)
        .contains("-- Run what this prints")
        .contains("AND s.name COLLATE Latin1_General_BIN2 = N'dbo'")
        .contains("AND o.name COLLATE Latin1_General_BIN2 LIKE N'or|[d%' ESCAPE N'|'")
        .contains("AND NOT (s.name COLLATE Latin1_General_BIN2 = N'dbo'")
        .contains("N' TO [etl];' AS grants");
    assertThat(SHOP.grants("etl", Selection.of(table("dbo.*"))))
        .contains("GRANT SELECT ON SCHEMA::[dbo] TO [etl];");
  }

  @Test
  void aNameThatDoesNotSayItsDatabaseIsRefused() {
    assertThatThrownBy(
            () -> SqlServerDialect.at("db", 1433).grants("etl", Selection.of(table("dbo.orders"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("which database");
    assertThatThrownBy(() -> SHOP.grants("etl", Selection.of(table("*.dbo.orders"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("leaves open");
  }
}
