package dev.bobbin.dialect.sqlserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.microsoft.sqlserver.jdbc.SQLServerException;
import dev.bobbin.catalog.TableId;
import dev.bobbin.dialect.jdbc.Endpoint;
import dev.bobbin.dialect.jdbc.SqlFailures;
import dev.bobbin.dialect.jdbc.SqlFailures.Activity;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.SourceException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of the driver's failures, which are made up: no server is asked. */
class SqlServerVendorTest {

  private static final TableId ORDERS = TableId.of("shop", "dbo", "orders");
  private static final SqlFailures FAILURES =
      new SqlFailures(
          new Endpoint("SQL Server", "shop", "db", 1433, "bobbin"), SqlServerVendor.INSTANCE);

  private static SourceException reading(int number, String state, String message) {
    SQLServerException failure = mock(SQLServerException.class);
    when(failure.getErrorCode()).thenReturn(number);
    when(failure.getSQLState()).thenReturn(state);
    when(failure.getMessage()).thenReturn(message);
    when(failure.getStackTrace()).thenReturn(new StackTraceElement[0]);
    return FAILURES.source(failure, Activity.READ, ORDERS);
  }

  @ParameterizedTest
  @CsvSource({
    "1205, TRANSIENT", // deadlock
    "1222, TRANSIENT", // lock timeout
    "3958, TRANSIENT", // the versions in tempdb are gone
    "40613, TRANSIENT", // Azure: not available at the moment
    "40501, TRANSIENT", // Azure: busy
    "10928, TRANSIENT", // Azure: too many requests
    "701, TRANSIENT", // memory
    "596, TRANSIENT", // the session is being killed
    "6005, TRANSIENT", // shutdown
    "64, TRANSIENT", // the network name is gone
    "208, STRUCTURE_CHANGED", // the table is gone
    "207, STRUCTURE_CHANGED", // a column is gone
    "308, STRUCTURE_CHANGED", // the index that is named is gone
    "3961, STRUCTURE_CHANGED", // altered since the snapshot
    "229, PERMANENT", // no SELECT
    "3952, PERMANENT", // no SNAPSHOT in some database of a view
    "245, PERMANENT", // a conversion failed
    "8134, PERMANENT" // division by zero
  })
  void numbersTellWhatHelps(int number, Kind kind) {
    assertThat(reading(number, "S0001", "canary").kind()).isEqualTo(kind);
  }

  @ParameterizedTest
  @CsvSource({
    "deadlock detected, TRANSIENT",
    "canceling statement due to lock timeout, TRANSIENT",
    "canceling statement due to conflict with recovery, TRANSIENT",
    "terminating connection due to administrator command, TRANSIENT",
    "sorry, TRANSIENT",
    "relation \"orders\" does not exist, STRUCTURE_CHANGED",
    "column \"c\" does not exist, STRUCTURE_CHANGED",
    "permission denied for table orders, PERMANENT",
    "division by zero, PERMANENT"
  })
  void ofBabelfishTheWordsTell(String message, Kind kind) {
    String text = message.equals("sorry") ? "sorry, too many clients already" : message;
    assertThat(reading(33557097, "S0001", text).kind()).isEqualTo(kind);
  }

  @Test
  void aBrokenConnectionIsToldByTheDriversState() {
    assertThat(reading(0, "08S01", "Connection reset").kind()).isEqualTo(Kind.TRANSIENT);
    assertThat(reading(0, "HYT00", "The query has timed out.").kind()).isEqualTo(Kind.TRANSIENT);
  }

  @Test
  void aMissingPrivilegeShowsTheStatementThatGrantsIt() {
    SourceException failure =
        reading(229, "S0005", "The SELECT permission was denied ClientConnectionId:0f-1a");
    assertThat(failure.remedy())
        .contains("USE [shop]; GRANT SELECT ON [dbo].[orders] TO [bobbin];");
    assertThat(failure.problem()).contains("permission was denied").doesNotContain("0f-1a");
    assertThat(reading(245, "S0001", "converting 'canary'").problem()).doesNotContain("canary");
  }
}
