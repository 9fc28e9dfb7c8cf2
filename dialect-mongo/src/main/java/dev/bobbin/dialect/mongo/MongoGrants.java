package dev.bobbin.dialect.mongo;

import dev.bobbin.catalog.TableId;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.select.Selection;
import dev.bobbin.select.TablePattern;
import dev.bobbin.select.TableSelection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The words, for MongoDB's shell, that make a user who may read what a selection names and nothing
 * else: a role with the actions {@code find}, {@code listIndexes} and {@code collStats} on
 * collections, and {@code listCollections} on their databases (manual: "Privilege Actions").
 */
final class MongoGrants {

  private static final String ACTIONS = "[\"find\", \"listIndexes\", \"collStats\"]";

  private MongoGrants() {}

  static String of(Deployment deployment, String user, Selection selection) {
    if (user.isEmpty()) {
      throw new ConfigurationException("The user has no name.", "Give the name to log in with.");
    }
    Map<String, Set<String>> collections = new TreeMap<>();
    StringBuilder text = new StringBuilder();
    for (TableSelection line : selection.tables()) {
      TablePattern pattern = line.pattern();
      List<String> parts = pattern.parts();
      String database = parts.size() > 1 ? parts.get(0) : deployment.database();
      if (database.isEmpty() || parts.size() > 2 || (parts.size() > 1 && pattern.isGlob(0))) {
        throw new ConfigurationException(
            "The selection's " + pattern + " does not say which database it is in.",
            "Write database.collection, or name the database where the dialect is made.");
      }
      boolean glob = pattern.isGlob(parts.size() - 1);
      String name = parts.get(parts.size() - 1);
      if (glob && !name.equals("*")) {
        text.append("// MongoDB has no privileges by pattern: for ")
            .append(Shell.text(name))
            .append(" the user may read all collections of ")
            .append(Shell.text(database))
            .append(".\n");
      }
      if (line.isOnly()) {
        text.append("// MongoDB has no privileges on fields: the user may read whole documents of ")
            .append(Shell.text(name))
            .append(".\n");
      }
      collections.computeIfAbsent(database, unused -> new TreeSet<>()).add(glob ? "" : name);
    }
    String role = "bobbin_" + user;
    String admin = Shell.database(deployment.authDatabase());
    text.append(Shell.database("admin")).append(".createRole({\n");
    text.append("  role: ").append(Shell.text(role)).append(",\n  privileges: [\n");
    collections.forEach(
        (database, names) -> {
          String in = "    { resource: { db: " + Shell.text(database) + ", collection: ";
          text.append(in).append("\"\" }, actions: [\"listCollections\"] },\n");
          (names.contains("") ? Set.of("") : names)
              .forEach(
                  name ->
                      text.append(in)
                          .append(Shell.text(name))
                          .append(" }, actions: ")
                          .append(ACTIONS)
                          .append(" },\n"));
        });
    text.append("  ],\n  roles: []\n});\n");
    text.append(admin).append(".createUser({\n  user: ").append(Shell.text(user));
    text.append(",\n  pwd: \"<password>\",\n  roles: [{ role: ").append(Shell.text(role));
    text.append(", db: \"admin\" }]\n});\n");
    return text.toString();
  }

  /** Lets the deployment's user read a collection and its neighbours. */
  static String read(Deployment deployment, TableId table) {
    String user = deployment.user();
    return user.isEmpty()
        ? ""
        : Shell.database(deployment.authDatabase())
            + ".grantRolesToUser("
            + Shell.text(user)
            + ", [{ role: \"read\", db: "
            + Shell.text(table.namespace().isEmpty() ? "" : table.namespace().get(0))
            + " }])";
  }
}
