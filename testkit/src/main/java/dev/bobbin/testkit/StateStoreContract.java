package dev.bobbin.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.StateException;
import dev.bobbin.state.StateDocument;
import dev.bobbin.state.StateLease;
import dev.bobbin.state.StateStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/**
 * What every {@link StateStore} promises. Extend it, and give the store under test:
 *
 * <pre>{@code
 * class MyStateStoreTest extends StateStoreContract {
 *   @TempDir Path dir;                 // JUnit gives each test a fresh one
 *
 *   @Override
 *   protected StateStore store() {
 *     return MyStateStore.at(dir);
 *   }
 * }
 * }</pre>
 *
 * <p>What a store must do when its storage is damaged depends on the storage and is not tested
 * here.
 */
public abstract class StateStoreContract {

  private static final String SHOP = "shop";

  /** For the subclass. */
  protected StateStoreContract() {}

  /**
   * A store over this test's storage, which is empty when the test begins. Called several times in
   * a test, each time as a new process would open it; a store that does not outlive its object
   * returns the same one.
   */
  protected abstract StateStore store();

  /**
   * Takes the lease on a replicator away from its holder as an outage would: a lease that expires,
   * expires; a lock is lost. The next {@link StateStore#lease} must succeed. The default skips the
   * tests that need it.
   *
   * @param replicator the id
   * @throws Exception any failure fails the test
   */
  protected void loseLease(String replicator) throws Exception {
    abort("this store's leases cannot be lost");
  }

  /** Contract 13: what was saved is read back exactly, under its name. */
  @Test
  public void readsWhatWasSaved() {
    try (StateLease lease = store().lease(SHOP)) {
      lease.save("orders", "{\"a\": 1}");
      assertEquals(Map.of("orders", "{\"a\": 1}"), read(SHOP));
    }
  }

  /** Contract 13: a replicator that never saved has no documents, and reading creates none. */
  @Test
  public void readsNothingWhereNothingWasSaved() {
    assertEquals(List.of(), store().read(SHOP));
    assertEquals(List.of(), store().read(SHOP));
  }

  /** Contract 13: a store opened anew sees what was saved through another one. */
  @Test
  public void seesWhatWasSavedAfterReopening() {
    try (StateLease lease = store().lease(SHOP)) {
      lease.save("orders", "{\"a\": 1}");
    }
    assertEquals(Map.of("orders", "{\"a\": 1}"), read(SHOP));
    try (StateLease lease = store().lease(SHOP)) {
      assertEquals(Map.of("orders", "{\"a\": 1}"), read(SHOP));
      lease.save("orders", "{\"a\": 2}");
    }
    assertEquals(Map.of("orders", "{\"a\": 2}"), read(SHOP));
  }

  /** Contract 13: saving replaces, also with the same content. */
  @Test
  public void replacesDocuments() {
    try (StateLease lease = store().lease(SHOP)) {
      for (int i = 0; i < 5; i++) {
        lease.save("orders", "{\"a\": " + i + "}");
        lease.save("orders", "{\"a\": " + i + "}");
        assertEquals(Map.of("orders", "{\"a\": " + i + "}"), read(SHOP));
      }
    }
  }

  /** Contract 13: a deleted document is absent for good; its neighbours stay. */
  @Test
  public void deletesDocuments() {
    try (StateLease lease = store().lease(SHOP)) {
      lease.save("orders", "{\"a\": 1}");
      lease.save("orders", "{\"a\": 2}");
      lease.save("countries", "{}");
      lease.delete("orders");
      assertEquals(Map.of("countries", "{}"), read(SHOP));
      lease.delete("orders");
      lease.delete("never saved");
    }
    assertEquals(Map.of("countries", "{}"), read(SHOP));
    try (StateLease lease = store().lease(SHOP)) {
      lease.save("orders", "{\"a\": 3}");
    }
    assertEquals(Map.of("countries", "{}", "orders", "{\"a\": 3}"), read(SHOP));
  }

  /** Contract 13: documents do not disturb each other, however many. */
  @Test
  public void keepsManyDocuments() {
    Map<String, String> saved = new HashMap<>();
    try (StateLease lease = store().lease(SHOP)) {
      for (int i = 0; i < 200; i++) {
        lease.save("table " + i, "{\"i\": " + i + "}");
        saved.put("table " + i, "{\"i\": " + i + "}");
      }
    }
    assertEquals(saved, read(SHOP));
  }

  /**
   * Contract 13: any text is a name, and names that differ at all are different names: in case, in
   * Unicode's normal form, in blanks.
   */
  @Test
  public void keepsDocumentsOfAnyName() {
    List<String> names =
        List.of(
            "",
            " ",
            ".",
            "..",
            "../../etc/passwd",
            "a/b",
            "a\\b",
            "a:b",
            "CON",
            "nul.json",
            "orders",
            "Orders",
            "ORDERS",
            "orders ",
            "orders.json",
            "\"public\".\"Odd \"\"Name\"",
            "'; drop table x --",
            "%s_?*",
            "line\nbreak\ttab",
            "nul \0 character",
            "\u00e9",
            "e\u0301",
            "\u8868",
            "\ud83e\uddf5 bobbin",
            "half a pair \ud83e",
            "half a pair \ud83d",
            "x".repeat(2000));
    Map<String, String> saved = new HashMap<>();
    try (StateLease lease = store().lease(SHOP)) {
      for (int i = 0; i < names.size(); i++) {
        lease.save(names.get(i), "{\"i\": " + i + "}");
        saved.put(names.get(i), "{\"i\": " + i + "}");
      }
    }
    assertEquals(saved, read(SHOP));
  }

  /** Contract 13: a megabyte of content is kept exactly. */
  @Test
  public void keepsLargeContents() {
    String content = "{\"a\": \"" + "0123456789abcdef".repeat(65_536) + "\"}";
    try (StateLease lease = store().lease(SHOP)) {
      lease.save("orders", "{}");
      lease.save("orders", content);
    }
    assertEquals(Map.of("orders", content), read(SHOP));
  }

  /** Contract 13: content is kept to the character, in any script. */
  @Test
  public void keepsUnicodeContents() {
    String content =
        "{\"a\": \"\u00e9 e\u0301 \u8868 \ud83e\uddf5 \\u0000 \\\\ \\\" ' \u2028 \ufeff\"}\r\n ";
    try (StateLease lease = store().lease(SHOP)) {
      lease.save("orders", content);
    }
    assertEquals(Map.of("orders", content), read(SHOP));
  }

  /** Contract 13: reading needs no lease, not even while another holds it. */
  @Test
  public void readsWithoutLease() {
    try (StateLease lease = store().lease(SHOP)) {
      lease.save("orders", "{}");
      assertEquals(Map.of("orders", "{}"), read(SHOP));
    }
    assertEquals(Map.of("orders", "{}"), read(SHOP));
  }

  /** Contract 13: a second lease is refused while the first is held, and says so. */
  @Test
  public void refusesSecondLease() {
    StateStore first = store();
    try (StateLease lease = first.lease(SHOP)) {
      assertThrows(StateException.class, () -> first.lease(SHOP));
      for (int i = 0; i < 3; i++) {
        StateException refused = assertThrows(StateException.class, () -> store().lease(SHOP));
        assertTrue(refused.problem().contains(SHOP), refused.problem());
        assertFalse(refused.remedy().isBlank());
      }
      lease.save("orders", "{}"); // the refused attempts have not harmed it
      lease.renew();
    }
    store().lease(SHOP).close();
  }

  /** Contract 13: of many threads that ask at the same time, one gets the lease. */
  @Test
  public void givesLeaseToOneOfManyThreads() throws InterruptedException {
    for (int round = 0; round < 5; round++) {
      List<StateLease> leases = Collections.synchronizedList(new ArrayList<>());
      List<Throwable> failures =
          inThreads(
              6,
              i -> {
                try {
                  leases.add(store().lease(SHOP));
                } catch (StateException expected) {
                  assertFalse(expected.remedy().isBlank());
                }
              });
      assertEquals(List.of(), failures);
      assertEquals(1, leases.size());
      leases.get(0).save("orders", "{}");
      leases.get(0).close();
    }
  }

  /** Contract 13: the fencing token of a later lease is greater, also over a reopened store. */
  @Test
  public void increasesFencingToken() {
    long last = Long.MIN_VALUE;
    for (int i = 0; i < 4; i++) {
      try (StateLease lease = store().lease(SHOP)) {
        assertTrue(lease.fencingToken() > last, lease.fencingToken() + " after " + last);
        assertEquals(lease.fencingToken(), lease.fencingToken());
        last = lease.fencingToken();
        if (i % 2 == 0) {
          lease.save("orders", "{}");
        }
      }
    }
  }

  /** Contract 13: a closed lease changes nothing; closing it twice does nothing. */
  @Test
  public void refusesToSaveWithClosedLease() {
    StateLease lease = store().lease(SHOP);
    lease.save("orders", "{\"a\": 1}");
    lease.close();
    lease.close();
    assertThrows(StateException.class, () -> lease.save("orders", "{\"a\": 2}"));
    assertThrows(StateException.class, () -> lease.delete("orders"));
    assertEquals(Map.of("orders", "{\"a\": 1}"), read(SHOP));
  }

  /** Contract 13: a closed lease does not act on the one that was taken after it. */
  @Test
  public void closedLeaseLeavesTheNextOneAlone() {
    StateLease first = store().lease(SHOP);
    first.close();
    try (StateLease second = store().lease(SHOP)) {
      first.close();
      assertThrows(StateException.class, () -> first.save("orders", "{\"a\": 1}"));
      assertThrows(StateException.class, () -> store().lease(SHOP));
      second.save("orders", "{\"a\": 2}");
    }
    assertEquals(Map.of("orders", "{\"a\": 2}"), read(SHOP));
  }

  /** Contract 13: a lease that was lost to another run can no longer save, renew or delete. */
  @Test
  public void refusesToSaveWithLostLease() throws Exception {
    StateLease first = store().lease(SHOP);
    first.save("orders", "{\"a\": 1}");
    loseLease(SHOP);
    try (StateLease second = store().lease(SHOP)) {
      assertTrue(second.fencingToken() > first.fencingToken());
      second.save("orders", "{\"a\": 2}");
      assertThrows(StateException.class, () -> first.save("orders", "{\"a\": 3}"));
      assertThrows(StateException.class, () -> first.delete("orders"));
      assertThrows(StateException.class, first::renew);
      first.close();
      second.save("countries", "{}");
    }
    assertEquals(Map.of("orders", "{\"a\": 2}", "countries", "{}"), read(SHOP));
  }

  /** Contract 13: replicators share a store without seeing or stopping each other. */
  @Test
  public void keepsReplicatorsApart() {
    try (StateLease shop = store().lease(SHOP);
        StateLease other = store().lease("shop_2")) {
      shop.save("orders", "{\"a\": 1}");
      other.save("orders", "{\"a\": 2}");
      other.save("countries", "{}");
      other.delete("orders");
    }
    assertEquals(Map.of("orders", "{\"a\": 1}"), read(SHOP));
    assertEquals(Map.of("countries", "{}"), read("shop_2"));
    assertEquals(Map.of(), read("shop_"));
  }

  /** Contract 12: what is no id of a replicator is refused, and never becomes a path or SQL. */
  @Test
  public void refusesOtherReplicatorIds() {
    for (String id :
        List.of("", "Shop", "a b", "../shop", "a/b", ".", "a'b", "\u00e9", "x".repeat(129))) {
      assertThrows(ConfigurationException.class, () -> store().read(id), id);
      assertThrows(ConfigurationException.class, () -> store().lease(id), id);
    }
    store().lease("x".repeat(128)).close();
    store().lease("0_9").close();
  }

  /** Contract 13: threads save different documents through one lease at the same time. */
  @Test
  public void savesFromManyThreads() throws InterruptedException {
    int threads = 4;
    int rounds = 15;
    try (StateLease lease = store().lease(SHOP)) {
      List<Throwable> failures =
          inThreads(
              threads,
              i -> {
                for (int round = 1; round <= rounds; round++) {
                  lease.save("table " + i, "{\"round\": " + round + "}");
                  assertEquals("{\"round\": " + round + "}", read(SHOP).get("table " + i));
                }
              });
      assertEquals(List.of(), failures);
    }
    Map<String, String> expected = new HashMap<>();
    for (int i = 0; i < threads; i++) {
      expected.put("table " + i, "{\"round\": " + rounds + "}");
    }
    assertEquals(expected, read(SHOP));
  }

  /** Contract 13: whoever reads while a document is being replaced sees a whole one. */
  @Test
  public void readsWholeDocumentsWhileTheyAreReplaced() throws InterruptedException {
    try (StateLease lease = store().lease(SHOP)) {
      lease.save("orders", "0".repeat(5000));
      List<Throwable> failures =
          inThreads(
              2,
              thread -> {
                for (int i = 0; i < 40; i++) {
                  if (thread == 0) {
                    lease.save("orders", String.valueOf(i % 10).repeat(5000));
                  } else {
                    String content = read(SHOP).getOrDefault("orders", "");
                    assertEquals(5000, content.length());
                    assertEquals(1, content.chars().distinct().count());
                  }
                }
              });
      assertEquals(List.of(), failures);
    }
  }

  /** Contract 15: a thread that is being cancelled can still save, and stays interrupted. */
  @Test
  public void savesInInterruptedThread() {
    try {
      StateLease lease = store().lease(SHOP);
      Thread.currentThread().interrupt();
      lease.save("orders", "{\"a\": 1}");
      lease.save("orders", "{\"a\": 2}");
      lease.save("countries", "{}");
      lease.delete("countries");
      lease.renew();
      lease.close();
      assertTrue(Thread.currentThread().isInterrupted());
    } finally {
      Thread.interrupted();
    }
    assertEquals(Map.of("orders", "{\"a\": 2}"), read(SHOP));
    store().lease(SHOP).close();
  }

  /** Contract 11: what can be printed by accident holds no content. */
  @Test
  public void printsNoContents() {
    StateStore store = store();
    try (StateLease lease = store.lease(SHOP)) {
      lease.save("orders", "{\"a\": \"canary\"}");
      assertFalse(lease.toString().contains("canary"));
      assertFalse(store.toString().contains("canary"));
      assertFalse(store.read(SHOP).toString().contains("canary"));
    }
  }

  private Map<String, String> read(String replicator) {
    Map<String, String> contents = new HashMap<>();
    for (StateDocument document : store().read(replicator)) {
      assertFalse(document.recovered(), "recovered: " + document.name());
      String before = contents.put(document.name(), document.content());
      assertEquals(null, before, "two documents of one name");
    }
    return contents;
  }

  private interface Work {
    void run(int thread) throws Exception;
  }

  private static List<Throwable> inThreads(int count, Work work) throws InterruptedException {
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      Thread thread =
          new Thread(
              () -> {
                try {
                  start.await();
                  work.run(number);
                } catch (Throwable e) {
                  failures.add(e);
                }
              },
              "state-store-contract-" + i);
      threads.add(thread);
      thread.start();
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    return failures;
  }
}
