package dev.bobbin.state;

import dev.bobbin.error.StateException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A store that forgets everything with the process: for tests, and for hosts whose sink remembers
 * checkpoints by itself. Thread-safe.
 */
public final class MemoryStateStore implements StateStore {

  private final Map<String, Map<String, String>> documents = new HashMap<>();
  private final Map<String, Long> tokens = new HashMap<>();
  private final Map<String, Long> holders = new HashMap<>();

  /** An empty store. */
  public MemoryStateStore() {}

  @Override
  public synchronized List<StateDocument> read(String replicator) {
    ReplicatorIds.check(replicator);
    return documents.getOrDefault(replicator, Map.of()).entrySet().stream()
        .map(e -> new StateDocument(e.getKey(), e.getValue(), false))
        .toList();
  }

  @Override
  public synchronized StateLease lease(String replicator) {
    ReplicatorIds.check(replicator);
    if (holders.containsKey(replicator)) {
      throw new StateException(
          "The state of replicator " + replicator + " is in use by another run in this process.",
          "Wait until it ends, or give the second replicator a name of its own.",
          null);
    }
    long token = tokens.merge(replicator, 1L, Long::sum);
    holders.put(replicator, token);
    return new Lease(replicator, token);
  }

  private final class Lease implements StateLease {
    private final String replicator;
    private final long token;

    Lease(String replicator, long token) {
      this.replicator = replicator;
      this.token = token;
    }

    @Override
    public long fencingToken() {
      return token;
    }

    @Override
    public void save(String name, String content) {
      synchronized (MemoryStateStore.this) {
        held().put(name, content);
      }
    }

    @Override
    public void delete(String name) {
      synchronized (MemoryStateStore.this) {
        held().remove(name);
      }
    }

    private Map<String, String> held() {
      if (!Long.valueOf(token).equals(holders.get(replicator))) {
        throw new StateException(
            "The lease on the state of replicator " + replicator + " is closed.",
            "Nothing was saved; take a new lease.",
            null);
      }
      return documents.computeIfAbsent(replicator, r -> new TreeMap<>());
    }

    @Override
    public void close() {
      synchronized (MemoryStateStore.this) {
        holders.remove(replicator, token);
      }
    }
  }
}
