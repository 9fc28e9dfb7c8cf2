package dev.bobbin.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.catalog.Column.KeySupport;
import dev.bobbin.catalog.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the catalog's words for a type are taken for. */
class MySqlTypesTest {

  private static TypeFacts facts(String columnType, String collation) {
    return new TypeFacts(columnType.replaceFirst("[( ].*", ""), columnType, "", collation, false);
  }

  @ParameterizedTest
  @CsvSource({
    "tinyint(1), int(8)",
    "tinyint(3) unsigned, uint(8)",
    "TINYINT UNSIGNED, uint(8)",
    "int(10) unsigned zerofill, uint(32)",
    "bigint unsigned, uint(64)",
    "decimal, 'decimal(10,0)'",
    "'decimal(65,30)', 'decimal(65,30)'",
    "'decimal(7) unsigned', 'decimal(7,0)'",
    "bit, bool",
    "bit(1), bool",
    "bit(2), uint(64)",
    "year(4), int(16)",
    "year, int(16)",
    "datetime(6), timestamp",
    "timestamp /* mariadb-5.3 */, instant",
    "'enum(''a unsigned'',''b)'')', text",
    "'set(''(1)'')', text",
    "geomcollection, bytes",
    "vector(3), array(float(32))",
    "'xmltype(9)', other(xmltype(9))"
  })
  void aTypeIsReadFromItsDeclaration(String columnType, String type) {
    assertThat(MySqlTypes.type(facts(columnType, ""), false)).hasToString(type);
  }

  @Test
  void tinyInt1IsABoolOnlyIfAskedForAndSigned() {
    assertThat(MySqlTypes.type(facts("tinyint(1)", ""), true)).isEqualTo(new DataType.Bool());
    assertThat(MySqlTypes.type(facts("tinyint(1) unsigned", ""), true))
        .isEqualTo(new DataType.Int(8, false));
    assertThat(MySqlTypes.type(facts("tinyint(4)", ""), true)).isEqualTo(new DataType.Int(8, true));
  }

  @Test
  void jsonOfMariaDbIsATextThatIsChecked() {
    TypeFacts json = new TypeFacts("longtext", "longtext", "utf8mb4", "utf8mb4_bin", true);
    assertThat(MySqlTypes.type(json, false)).isEqualTo(new DataType.Json());
    assertThat(MySqlTypes.keySupport(json)).isEqualTo(KeySupport.UNORDERED);
  }

  @ParameterizedTest
  @CsvSource({
    "int, '', EXACT",
    "'decimal(5,2)', '', EXACT",
    "datetime(6), '', EXACT",
    "varbinary(5), '', EXACT",
    "float, '', COLLATED",
    "double, '', COLLATED",
    "varchar(5), utf8mb4_0900_ai_ci, COLLATED",
    "varchar(5), utf8mb4_bin, COLLATED",
    "varchar(5), latin1_bin, COLLATED",
    "varchar(5), utf8mb4_0900_bin, EXACT",
    "text, utf8mb4_nopad_bin, EXACT",
    "enum('a'), utf8mb4_0900_bin, UNORDERED",
    "set('a'), latin1_bin, UNORDERED",
    "json, '', UNORDERED",
    "point, '', UNORDERED",
    "vector(2), '', UNORDERED",
    "uuid, '', EXACT",
    "inet6, '', EXACT",
    "somethingnew, '', UNORDERED"
  })
  void aKeyIsExactWhereEqualMeansTheSame(String columnType, String collation, KeySupport support) {
    assertThat(MySqlTypes.keySupport(facts(columnType, collation))).isEqualTo(support);
  }
}
