package dev.bobbin.examples;

import dev.bobbin.Replicator;
import dev.bobbin.ReplicatorListener;
import dev.bobbin.RunReport;
import dev.bobbin.catalog.CatalogDifference;
import dev.bobbin.catalog.TableDifference;
import dev.bobbin.catalog.TableId;
import dev.bobbin.error.BobbinException;
import dev.bobbin.examples.CopiedTable.Field;
import dev.bobbin.plan.Plan;
import dev.bobbin.select.Selection;
import dev.bobbin.testservers.ChildJvm;
import dev.bobbin.testservers.PostgresServer;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Shows what Bobbin does, on a real PostgreSQL that is started for it alone: structure sync, a
 * plan, a first run, an incremental run, and a crash that nothing is lost or doubled by. Every
 * number is checked against the database; if one is wrong, the program says so and ends with 1.
 */
public final class QuickStart {

  private static final int ORDERS = 300_000;
  private static final String READER = "bobbin_reader";
  private static final String EXTERNAL = "BOBBIN_TEST_POSTGRES_URL";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final List<Field> ORDER_FIELDS =
      List.of(
          Field.of("id"),
          Field.of("customer_id"),
          Field.of("status"),
          Field.of("total"),
          Field.instant("placed_at"),
          Field.instant("updated_at"));
  private static final List<Field> LINE_FIELDS =
      Stream.of("id", "order_id", "product_id", "quantity", "unit_price").map(Field::of).toList();

  private final Path folder;
  private final int orders;
  private final PrintStream out;
  private final Story story;

  /**
   * The program.
   *
   * @param folder where files and state go; what an earlier quick start left there is deleted
   * @param orders how many orders the shop has
   * @param out takes the story
   */
  QuickStart(Path folder, int orders, PrintStream out) {
    this.folder = folder;
    this.orders = orders;
    this.out = out;
    this.story = new Story(out);
  }

  /**
   * Runs the quick start.
   *
   * @param args the folder for files and state; {@code target/quickstart} unless given
   */
  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Path folder = Path.of(args.length > 0 ? args[0] : "target/quickstart");
    System.exit(new QuickStart(folder, ORDERS, out).run() ? 0 : 1);
  }

  /** Tells the story; false if it did not come to its end. */
  boolean run() {
    long begin = System.nanoTime();
    story.title("Bobbin quick start");
    story.say(
        "A shop's database is copied into files: first all of it, then only what has changed, then"
            + " with a crash in the middle. [ok] marks what this program has compared with the"
            + " database.");
    try {
      forgetEarlierRuns();
      boolean external = System.getenv(EXTERNAL) != null;
      try (PostgresServer server = external ? PostgresServer.shared("18") : ownServer()) {
        tell(server, external);
      }
      story.say(
          "All %d checks held. The story took %.0f seconds.",
          story.checks(), (System.nanoTime() - begin) / 1e9);
      return true;
    } catch (Story.CheckFailed e) {
      failed("Copy and database differ", e);
    } catch (BobbinException e) {
      failed("Bobbin reports a failure", e);
    } catch (IOException | SQLException | RuntimeException e) {
      failed("An unexpected " + e.getClass().getSimpleName(), e);
    }
    return false;
  }

  private void failed(String what, Exception e) {
    story.title("The quick start failed");
    String chapter = story.chapter();
    story.say("%s%s:", what, chapter.isEmpty() ? "" : " in chapter " + chapter);
    story.show(messages(e));
    Path file = folder.resolve("failure.txt");
    try {
      Files.createDirectories(folder);
      try (PrintWriter writer = new PrintWriter(Files.newBufferedWriter(file))) {
        e.printStackTrace(writer);
      }
      story.say("The stack trace is in %s.", file);
    } catch (IOException unwritable) {
      story.say("The stack trace could not be written to %s.", file);
    }
  }

  /** Bobbin's own messages say it all; of other failures the cause often says more. */
  private static String messages(Exception e) {
    StringBuilder text = new StringBuilder(String.valueOf(e.getMessage()));
    if (!(e instanceof BobbinException)) {
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        text.append('\n').append(cause.getMessage());
      }
    }
    return text.toString();
  }

  private void forgetEarlierRuns() throws IOException {
    for (String own : List.of("files", "state")) {
      if (Files.exists(folder.resolve(own))) {
        try (Stream<Path> all = Files.walk(folder.resolve(own))) {
          for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(path);
          }
        }
      }
    }
    Files.deleteIfExists(folder.resolve("failure.txt"));
  }

  private static PostgresServer ownServer() {
    return PostgresServer.version("18")
        .password(newPassword())
        .config("shared_buffers", "128MB")
        .config("work_mem", "128MB")
        .config("max_wal_size", "4GB")
        .start();
  }

  private static String newPassword() {
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  private void tell(PostgresServer server, boolean external) throws IOException, SQLException {
    Shop shop = makeShop(server, external);
    ShopCopy copy = reader(server, shop, external);
    discover(copy);
    plan(copy);
    firstRun(shop, copy);
    incrementalRun(shop, copy);
    crash(shop, copy);
    whereToGoNext(copy);
  }

  private Shop makeShop(PostgresServer server, boolean external) throws SQLException {
    story.chapter("A shop");
    long begin = System.nanoTime();
    String database = external ? server.createDatabase() : server.createDatabase("shop");
    story.say(
        "%s %s. Making a shop in it ...",
        server,
        external ? "is the one that " + EXTERNAL + " names" : "runs for this program alone");
    Shop shop = Shop.create(server, database, orders);
    Map<String, Long> counts = shop.counts();
    StringBuilder table = new StringBuilder();
    counts.forEach((name, rows) -> table.append(String.format("%-14s %,10d rows%n", name, rows)));
    story.show(table.toString());
    story.say(
        "%,d rows in %.1f seconds. They have what real tables have: numeric prices, text and"
            + " timestamptz, arrays, jsonb, uuid, an enum, NULLs; sales_by_day is a view. The"
            + " column orders.updated_at has an index: it will tell what is new.",
        counts.values().stream().mapToLong(Long::longValue).sum(),
        (System.nanoTime() - begin) / 1e9);
    return shop;
  }

  private ShopCopy reader(PostgresServer server, Shop shop, boolean external) throws SQLException {
    String user = server.user();
    String password = server.password().orElse("");
    if (!external) {
      user = READER;
      password = newPassword();
      shop.execute(ReadOnlyUser.statements(shop.database(), user, password).toArray(String[]::new));
      story.say("Bobbin logs in as %s, a user that may only read (read-only-user.sql).", user);
    }
    return new ShopCopy(server.host(), server.port(), shop.database(), user, password, folder);
  }

  private void discover(ShopCopy copy) {
    story.chapter("Structure sync: what is there");
    try (Replicator replicator = copy.replicator().build()) {
      story.show(replicator.discover().describe());
    }
  }

  private void plan(ShopCopy copy) {
    story.chapter("The plan: what a run would do");
    story.say("No row has been read yet: a plan is a dry run.");
    try (Replicator replicator = copy.replicator().build()) {
      story.show(replicator.plan(ShopCopy.selection()).describe());
    }
  }

  private void firstRun(Shop shop, ShopCopy copy) throws IOException, SQLException {
    story.chapter("The first run: everything");
    RunReport report = replicate(copy, ShopCopy.selection());
    story.show(report.describe());
    story.say(
        "%,d rows in %.1f seconds. Two rows of %s:",
        report.rows(), seconds(report), folder.relativize(copy.copied("products").newest()));
    story.excerpt(copy.copied("products").head(2));

    for (Map.Entry<String, Long> table : shop.counts().entrySet()) {
      story.check(
          "rows of " + table.getKey(), copy.copied(table.getKey()).lines(), table.getValue());
    }
    checkValues(shop, copy, "orders", ORDER_FIELDS);
    checkValues(shop, copy, "order_lines", LINE_FIELDS);
  }

  private void incrementalRun(Shop shop, ShopCopy copy) throws IOException, SQLException {
    story.chapter("The shop goes on: only what changed is copied");
    String mark = shop.text("SELECT max(updated_at) FROM orders");
    long lastLine = shop.number("SELECT max(id) FROM order_lines");
    long linesBefore = copy.copied("orders").lines();
    shop.execute(CHANGES.split(";\n"));
    story.say("Meanwhile, in the shop:");
    story.show(CHANGES.strip());

    List<CatalogDifference> heard = new CopyOnWriteArrayList<>();
    ReplicatorListener listener =
        new ReplicatorListener() {
          @Override
          public void onStructureChange(CatalogDifference difference) {
            heard.add(difference);
          }
        };
    RunReport report = replicate(copy, ShopCopy.selection(), listener);
    story.say("The second run of the same selection:");
    story.show(report.describe());

    String since = "SELECT count(*) FROM orders WHERE updated_at ";
    long changed = shop.number(since + "> '" + mark + "'");
    long inOverlap =
        shop.number(
            since + "BETWEEN timestamptz '" + mark + "' - interval '5 min' AND '" + mark + "'");
    story.say(
        "%,d orders were changed or are new. %,d more lie within the overlap of five minutes, and do"
            + " not come again.",
        changed, inOverlap);
    story.check("orders that came", rows(report, copy, "orders"), changed);
    story.check("lines added to their file", copy.copied("orders").lines() - linesBefore, changed);
    story.check(
        "order lines that came, all of them new",
        rows(report, copy, "order_lines"),
        shop.number("SELECT count(*) FROM order_lines WHERE id > " + lastLine));
    List<Field> fields = new ArrayList<>(ORDER_FIELDS);
    fields.add(Field.of("gift_note"));
    checkValues(shop, copy, "orders", fields);
    checkValues(shop, copy, "order_lines", LINE_FIELDS);
    story.check("the report names the new column: gift_note", noticed(report.difference()));
    story.check(
        "the listener heard of it during the run",
        heard.size() == 1 && heard.get(0).equals(report.difference()));

    RunReport again = replicate(copy, ShopCopy.selection());
    story.say("And a third run, of which nothing new is to be expected:");
    story.check("orders that came", rows(again, copy, "orders"), 0L);
    story.check("order lines that came", rows(again, copy, "order_lines"), 0L);
  }

  private static boolean noticed(CatalogDifference difference) {
    return difference.changed().stream()
        .filter(table -> table.table().name().equals("orders"))
        .map(TableDifference::added)
        .anyMatch(added -> added.stream().map(column -> column.name()).toList().equals(GIFT_NOTE));
  }

  private static final List<String> GIFT_NOTE = List.of("gift_note");

  private static final String CHANGES =
      """
      -- some orders are paid
      UPDATE orders SET status = 'paid', updated_at = now()
        WHERE status = 'new' AND id > (SELECT max(id) * 9 / 10 FROM orders);
      -- a column is added, and used
      ALTER TABLE orders ADD COLUMN gift_note text;
      UPDATE orders SET gift_note = 'Happy birthday', updated_at = now() WHERE id % 1000 = 7;
      -- 50 new orders come in, with a line each
      WITH placed AS (
        INSERT INTO orders (customer_id, status, total, placed_at, updated_at, gift_note)
          SELECT i, 'new', 19.90, now(), now(), 'For you' FROM generate_series(1, 50) AS i
          RETURNING id)
      INSERT INTO order_lines (order_id, product_id, quantity, unit_price)
        SELECT id, 7, 2, 9.95 FROM placed;
      """;

  private void crash(Shop shop, ShopCopy copy) throws IOException, SQLException {
    story.chapter("A crash in the middle of a load");
    TableId lines = TableId.of(copy.database(), "public", "order_lines");
    long all = shop.number("SELECT count(*) FROM order_lines");
    try (Replicator replicator = copy.replicator().build()) {
      replicator.reset(lines);
    }
    story.say(
        "reset(order_lines) makes the next run load that table anew. A JVM of its own does it, in"
            + " small batches, and is killed (SIGKILL) on the way.");
    long seen = killInTheMiddle(copy, all);
    story.say("It had told of %,d of %,d rows when it was killed.", seen, all);

    CopiedTable copied = copy.copied("order_lines");
    if (copy.sink().progress(lines).checkpoints().isEmpty()) {
      throw new Story.CheckFailed("The killed run left no checkpoint.");
    }
    story.show(
        copied.files().stream()
            .map(file -> folder.relativize(file) + "  " + size(file))
            .collect(Collectors.joining("\n")));
    story.say(
        "The old load is still whole. The new one's file vouches for what its checkpoints say; what"
            + " stands behind that in the file will be cut off. The plan of the next run:");

    RunReport report;
    try (Replicator replicator = copy.replicator().build()) {
      Plan plan = replicator.plan(Selection.of(ShopCopy.orderLines()));
      story.show(plan.describe());
      report = replicator.run(plan, copy.sink());
      report.throwIfFailed();
    }
    story.show(report.describe());

    story.check(
        "the next run read what was left, and not the whole table",
        report.rows() > 0 && report.rows() < all);
    story.check("lines in the file, from both runs", copied.lines(), all);
    checkValues(shop, copy, "order_lines", LINE_FIELDS);
    story.check("the new load is whole, so the old one's file is gone", copied.files().size() == 1);
  }

  private static String size(Path file) {
    try {
      return String.format("%,14d bytes", Files.size(file));
    } catch (IOException e) {
      return "unreadable";
    }
  }

  /** Returns the rows that the killed program had told of. */
  private long killInTheMiddle(ShopCopy copy, long all) {
    try (ChildJvm child =
        ChildJvm.of(KilledLoad.class)
            .arguments(copy.host(), Integer.toString(copy.port()), copy.database(), copy.user())
            .arguments(folder.toString(), Long.toString(Math.max(10, all / 100)))
            .environment(KilledLoad.PASSWORD, copy.password())
            .start()) {
      String line =
          child.awaitLine(
              l -> l.startsWith("rows ") && Long.parseLong(l.substring(5)) > all * 4 / 10,
              PATIENCE);
      child.killNow();
      story.check("the program was killed", child.awaitExit(PATIENCE) == 128 + 9);
      return Long.parseLong(line.substring(5));
    }
  }

  private RunReport replicate(ShopCopy copy, Selection selection, ReplicatorListener... listeners) {
    try (ProgressLine progress = new ProgressLine(out, story)) {
      Replicator.Builder builder = copy.replicator().listener(progress);
      List.of(listeners).forEach(builder::listener);
      try (Replicator replicator = builder.build()) {
        RunReport report = replicator.replicate(selection, copy.sink());
        report.throwIfFailed();
        return report;
      }
    }
  }

  private static long rows(RunReport report, ShopCopy copy, String table) {
    return report.table(TableId.of(copy.database(), "public", table)).orElseThrow().rows();
  }

  private static double seconds(RunReport report) {
    return report.took().toNanos() / 1e9;
  }

  private void checkValues(Shop shop, ShopCopy copy, String table, List<Field> fields)
      throws IOException, SQLException {
    TableSum source = shop.sum(table, fields.stream().map(Field::sql).toList());
    TableSum copied = copy.copied(table).sum(fields);
    story.check("all values of " + table, copied, source);
  }

  private void whereToGoNext(ShopCopy copy) throws IOException {
    story.chapter("Where to go next");
    story.show(
        String.join(
            "\n",
            "the files         " + copy.files(),
            "the state         " + folder.resolve("state"),
            "getting started   docs/getting-started.md",
            "ten lines         examples/src/main/java/dev/bobbin/examples/TenLines.java",
            "this program      QuickStart.java beside it",
            "a sink            CustomSink.java; exactly once: TransactionalSink.java",
            "watching a run    WatchProgress.java"));
  }
}
