package dev.bobbin.dialect.mongo;

import com.mongodb.ReadPreference;
import dev.bobbin.catalog.DataType;
import dev.bobbin.check.Finding;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.record.DocumentFields;
import dev.bobbin.record.DocumentPath;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TablePattern;
import dev.bobbin.spi.SourceDialect;
import dev.bobbin.spi.SourceSession;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.tls.Tls;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A MongoDB deployment, 4.4 or later: a server, a replica set or a sharded cluster; or what speaks
 * its protocol. Immutable and thread-safe; connects only when asked.
 *
 * <pre>{@code
 * MongoDialect shop = MongoDialect.at("db.internal", 27017, "shop").login("etl", secrets::password);
 * MongoDialect atlas = MongoDialect.uri("mongodb+srv://cluster0.example.mongodb.net/shop")
 *     .login("etl", secrets::password);
 * }</pre>
 *
 * <p>All databases that the user can see are part of the source, apart from {@code admin}, {@code
 * local} and {@code config}; the one that is named here is that of collection names without a
 * database.
 *
 * <p>A collection is a table with the columns {@code _id} and {@code document}, which holds the
 * whole document in BSON ({@link dev.bobbin.record.Document}). Its fields are columns, too, by
 * their path ({@code address.city}), and are copied where a selection names them with {@code
 * only(…)}, or as its replication key. What fields there are, and of which types, comes of a {@link
 * #sampling sample}; {@link #field} settles it.
 *
 * <p>Connections use TLS, and the server's certificate and name are verified: {@link #tls} says
 * how, or that there is none. Nothing is ever written. Reads see what the majority of a replica set
 * has acknowledged, on a secondary where there is one.
 */
public final class MongoDialect implements SourceDialect {

  private static final int MOST_DOCUMENTS = 100_000;

  private final Deployment deployment;
  private final Reading reading;

  private MongoDialect(Deployment deployment, Reading reading) {
    this.deployment = deployment;
    this.reading = reading;
  }

  /**
   * The server at a host and port, without a database for collection names that have none.
   *
   * @param host a name or address, as the server's certificate has it; through a tunnel it is
   *     looked up at the tunnel's far end
   * @param port usually 27017
   * @throws ConfigurationException if the host cannot be one, or the port is none
   */
  public static MongoDialect at(String host, int port) {
    return at(host, port, "");
  }

  /**
   * The server at a host and port: that one alone, also where it is a member of a replica set,
   * unless {@link #replicaSet} follows.
   *
   * @param host a name or address, as the server's certificate has it; through a tunnel it is
   *     looked up at the tunnel's far end
   * @param port usually 27017
   * @param database the database that collection names without one are in; empty for none
   * @throws ConfigurationException if the host cannot be one, or the port is none
   */
  public static MongoDialect at(String host, int port, String database) {
    return new MongoDialect(Deployment.at(host, port, database), Reading.USUAL);
  }

  /**
   * The deployment that a connection string leads to, as MongoDB's manual describes them. Of its
   * options these count: {@code authSource}, {@code authMechanism}, {@code replicaSet}, {@code
   * directConnection}, {@code loadBalanced}, {@code readPreference} and what belongs to it, {@code
   * tls} (which is on unless the string says {@code tls=false}), {@code compressors}, and the
   * {@code srv…} options. Others, such as {@code retryWrites}, change nothing.
   *
   * @param uri begins with {@code mongodb://} or {@code mongodb+srv://}; a user and password in it
   *     must be percent-encoded, and are better left to {@link #login(String, Supplier)}. Names are
   *     looked up when a session is opened
   * @throws ConfigurationException if it is not a connection string, or weakens TLS
   */
  public static MongoDialect uri(String uri) {
    return new MongoDialect(Deployment.uri(uri), Reading.USUAL);
  }

  /**
   * The same deployment with a user and where its password comes from.
   *
   * @param user the name to log in with
   * @param password asked when a session is opened, so that rotated passwords and short-lived
   *     tokens work. A refused login is tried once more if the supplier then gives another
   *     password, and after that not again in the same session
   * @throws ConfigurationException if the user has no name
   */
  public MongoDialect login(String user, Supplier<String> password) {
    return new MongoDialect(deployment.login(user, password), reading);
  }

  /**
   * The same deployment with a user and a password that does not change.
   *
   * @param user the name to log in with
   * @param password its password
   */
  public MongoDialect login(String user, String password) {
    Objects.requireNonNull(password);
    return login(user, () -> password);
  }

  /**
   * The same deployment, whose user is kept in another database than {@code admin}.
   *
   * @param database where the user was created; {@code $external} for LDAP and Kerberos
   */
  public MongoDialect authDatabase(String database) {
    return new MongoDialect(deployment.authDatabase(database), reading);
  }

  /**
   * The same deployment as a replica set: its members are found through the hosts that were given,
   * under the names by which they know each other, and one is chosen by the read preference.
   *
   * @param name of the set, which is checked
   */
  public MongoDialect replicaSet(String name) {
    return new MongoDialect(deployment.replicaSet(name), reading);
  }

  /**
   * The same deployment with another read preference than {@link
   * ReadPreference#secondaryPreferred()}: a secondary where there is one, else the primary.
   */
  public MongoDialect readPreference(ReadPreference preference) {
    return new MongoDialect(deployment.readPreference(preference), reading);
  }

  /**
   * The same deployment with other TLS than {@link Tls#verifyFull()}, which verifies the server's
   * certificate and its name, by the JDK's trusted roots.
   *
   * @param tls nothing ever falls back to plaintext: only {@link Tls#off()}, or {@code tls=false}
   *     in a connection string, does without TLS
   */
  public MongoDialect tls(Tls tls) {
    return new MongoDialect(deployment.tls(tls), reading);
  }

  /**
   * The same deployment with a field of some collections settled: it is a column of that type
   * whatever a sample has, and it can be a replication key although no index begins with it (each
   * run then reads and sorts the whole collection, as the plan says). Values of other types are
   * NULL, with their extended JSON beside them.
   *
   * @param collection a name, or a pattern as those of selections
   * @param path of the field, such as {@code address.city}, in the form of {@link
   *     DocumentPath#parse}; not {@code _id}
   * @param type a type that {@link DocumentFields} has
   * @throws ConfigurationException if collection or path cannot be read, or no field is of the type
   */
  public MongoDialect field(String collection, String path, DataType type) {
    TablePattern pattern = TablePattern.parse(collection);
    DocumentPath parsed = DocumentPath.parse(path);
    if (parsed.names().equals(DocumentColumns.ID_PATH)) {
      throw new ConfigurationException(
          "The field _id of " + collection + " cannot be settled: it is what it is.",
          "Leave it out.");
    }
    if (!DocumentFields.holdsFields(type)) {
      throw new ConfigurationException(
          "The field " + path + " of " + collection + " cannot be of type " + type + ".",
          "Use Json for arrays and for what has several types.");
    }
    return new MongoDialect(deployment, reading.with(new Reading.Field(pattern, parsed, type)));
  }

  /**
   * The same deployment, of which some collections are read in natural order: by one cursor, in the
   * order in which the server finds them fastest. An interrupted load of them begins again. Without
   * this a collection is read in the order of {@code _id}, by several readers, and goes on.
   *
   * @param collection a name, or a pattern as those of selections
   * @throws ConfigurationException if it cannot be read
   */
  public MongoDialect naturalOrder(String collection) {
    return new MongoDialect(deployment, reading.inNaturalOrder(TablePattern.parse(collection)));
  }

  /**
   * The same deployment with another sample for structure sync than 100 documents each of the first
   * 1000 collections of each database.
   *
   * @param documents how many of a collection, half of them those with the lowest {@code _id} and
   *     half those with the highest; 2 to 100,000
   * @param collections how many of a database, in the order of their names; not negative. Of the
   *     others no more is found than that they are there, until a selection names a field of theirs
   * @throws ConfigurationException if a number is out of range
   */
  public MongoDialect sampling(int documents, int collections) {
    if (documents < 2 || documents > MOST_DOCUMENTS || collections < 0) {
      throw new ConfigurationException(
          "A sample of "
              + documents
              + " documents of "
              + collections
              + " collections cannot be taken.",
          "Take 2 to 100,000 documents, of 0 collections or more.");
    }
    return new MongoDialect(deployment, reading.sampling(documents, collections));
  }

  @Override
  public SourceSession connect(SourceSettings settings) {
    return new MongoSession(Link.connect(deployment, settings), reading);
  }

  @Override
  public Optional<SourceSession> check(SourceSettings settings, Consumer<Finding> findings) {
    return new LinkCheck(deployment, settings, findings)
        .run()
        .map(link -> new MongoSession(link, reading));
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException if a name does not say which database it is in
   */
  @Override
  public String grants(String user, Selection selection) {
    return MongoGrants.of(deployment, user, selection);
  }

  @Override
  public String describe() {
    return deployment.describe();
  }

  @Override
  public String toString() {
    return describe();
  }
}
