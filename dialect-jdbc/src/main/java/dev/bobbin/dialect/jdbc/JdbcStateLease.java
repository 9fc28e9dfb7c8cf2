package dev.bobbin.dialect.jdbc;

import dev.bobbin.error.StateException;
import dev.bobbin.state.StateLease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lease that is a row: whose {@code owner_id} stands in it has the lease, also beyond its expiry
 * as long as nobody else has taken it.
 */
final class JdbcStateLease implements StateLease {

  private static final Logger LOG = LoggerFactory.getLogger(JdbcStateLease.class);

  private static final int HOLDER_LENGTH = 200;

  private final StateTransactions transactions;
  private final StateTables sql;
  private final String replicator;
  private final String owner;
  private final long token;
  private final long millis;

  /** One transaction at a time: they would wait for the lease's row anyway, holding connections. */
  private final ReentrantLock turn = new ReentrantLock();

  private boolean closed;

  private JdbcStateLease(
      StateTransactions transactions,
      StateTables sql,
      String replicator,
      String owner,
      long token,
      long millis) {
    this.transactions = transactions;
    this.sql = sql;
    this.replicator = replicator;
    this.owner = owner;
    this.token = token;
    this.millis = millis;
  }

  static JdbcStateLease take(
      StateTransactions transactions, StateTables sql, String replicator, Duration leaseTime) {
    String owner = UUID.randomUUID().toString();
    long millis = leaseTime.toMillis();
    long token =
        transactions.run(
            "The lease on the state of replicator " + replicator + " could not be taken in " + sql,
            "Nothing was changed; see the cause, and run again.",
            connection -> take(connection, sql, replicator, owner, millis));
    return new JdbcStateLease(transactions, sql, replicator, owner, token, millis);
  }

  private static long take(
      Connection connection, StateTables sql, String replicator, String owner, long millis)
      throws SQLException {
    if (update(connection, sql.takeLease(), owner, holder(), millis, replicator, owner) > 0) {
      return readToken(connection, sql, replicator);
    }
    try (PreparedStatement read = connection.prepareStatement(sql.readLease())) {
      read.setString(1, replicator);
      try (ResultSet row = read.executeQuery()) {
        if (row.next()) {
          throw inUse(
              sql,
              replicator,
              AsciiNames.decode(row.getString(2))
                  + ", for "
                  + Duration.ofMillis(row.getLong(3)).toSeconds()
                  + " s",
              row.getLong(4));
        }
      }
    }
    // A first lease; or the row was deleted, and tokens go on above those of the documents.
    long token = 1;
    try (PreparedStatement greatest = connection.prepareStatement(sql.greatestToken())) {
      greatest.setString(1, replicator);
      try (ResultSet row = greatest.executeQuery()) {
        if (row.next()) {
          token = row.getLong(1) + 1; // 0 for null
        }
      }
    }
    try {
      update(connection, sql.insertLease(), replicator, token, owner, holder(), millis);
    } catch (SQLException e) {
      if (StateTransactions.isDuplicate(e)) {
        throw inUse(sql, replicator, "another run, which took it in this moment", millis);
      }
      throw e;
    }
    return token;
  }

  private static long readToken(Connection connection, StateTables sql, String replicator)
      throws SQLException {
    try (PreparedStatement read = connection.prepareStatement(sql.readLease())) {
      read.setString(1, replicator);
      try (ResultSet row = read.executeQuery()) {
        if (!row.next()) {
          throw new SQLException("a row that was just updated cannot be read");
        }
        return row.getLong(1);
      }
    }
  }

  private static StateException inUse(
      StateTables sql, String replicator, String holder, long millisLeft) {
    return new StateException(
        "The state of replicator " + replicator + " in " + sql + " is in use by " + holder + ".",
        "Wait until that run ends, or stop it: its lease expires in "
            + Math.max(1, Duration.ofMillis(millisLeft).toSeconds())
            + " s unless it is renewed. Give a second replicator a name of its own.",
        null);
  }

  @Override
  public long fencingToken() {
    return token;
  }

  @Override
  public void save(String name, String content) {
    change(
        "The state document \"" + name + "\" of replicator " + replicator + " could not be saved",
        connection -> {
          String key = AsciiNames.key(name);
          if (update(connection, sql.updateDocument(), content, token, replicator, key) == 0) {
            update(
                connection,
                sql.insertDocument(),
                content,
                token,
                replicator,
                key,
                AsciiNames.encode(name));
          }
        });
  }

  @Override
  public void delete(String name) {
    change(
        "The state document \"" + name + "\" of replicator " + replicator + " could not be deleted",
        connection -> update(connection, sql.deleteDocument(), replicator, AsciiNames.key(name)));
  }

  @Override
  public void renew() {
    change(
        "The lease on the state of replicator " + replicator + " could not be renewed",
        connection -> {});
  }

  private interface Change {
    void make(Connection connection) throws SQLException;
  }

  private void change(String what, Change change) {
    turn.lock();
    try {
      if (closed) {
        throw lost("is closed");
      }
      transactions.run(
          what,
          "What was saved before still stands; see the cause, and run again.",
          connection -> {
            // Locks the row, so that nobody takes the lease before the commit.
            if (update(connection, sql.extendLease(), millis, replicator, token, owner) == 0) {
              throw lost("was lost: it expired and another run took it, or its row was deleted");
            }
            change.make(connection);
            return true;
          });
    } finally {
      turn.unlock();
    }
  }

  private StateException lost(String what) {
    return new StateException(
        "The lease on the state of replicator " + replicator + " in " + sql + " " + what + ".",
        "Nothing was saved, and what was saved before still stands; take a new lease.",
        null);
  }

  @Override
  public void close() {
    turn.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      transactions.run(
          "The lease on the state of replicator " + replicator + " could not be given back",
          "It expires by itself.",
          connection -> update(connection, sql.giveLeaseBack(), replicator, token, owner));
    } catch (StateException e) {
      LOG.warn(e.getMessage(), e);
    } finally {
      turn.unlock();
    }
  }

  private static int update(Connection connection, String statement, Object... parameters)
      throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(statement)) {
      for (int i = 0; i < parameters.length; i++) {
        if (parameters[i] instanceof Long number) {
          update.setLong(i + 1, number);
        } else {
          update.setString(i + 1, parameters[i].toString());
        }
      }
      return update.executeUpdate();
    }
  }

  private static String holder() {
    String holder =
        AsciiNames.encode("process " + ProcessHandle.current().pid() + " on host " + hostName());
    return holder.substring(0, Math.min(holder.length(), HOLDER_LENGTH));
  }

  /** From what is at hand; a look-up over the network could take seconds. */
  private static String hostName() {
    for (String variable : new String[] {"HOSTNAME", "COMPUTERNAME"}) {
      String name = System.getenv(variable);
      if (name != null && !name.isBlank()) {
        return name;
      }
    }
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }
}
