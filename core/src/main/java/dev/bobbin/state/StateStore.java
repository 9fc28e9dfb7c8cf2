package dev.bobbin.state;

import dev.bobbin.error.StateException;
import java.util.List;

/**
 * Where checkpoints are kept between runs: small JSON documents under names, grouped by replicator.
 *
 * <p>A store need not understand the documents. It must keep this contract, which {@code
 * StateStoreContract} of the test kit checks:
 *
 * <ul>
 *   <li>What {@link StateLease#save} returned from survives a crash of the host and of the machine.
 *   <li>A document is saved whole or not at all.
 *   <li>A damaged document is never treated as absent: it is replaced by its previous generation,
 *       marked {@link StateDocument#recovered()}, or reading fails.
 *   <li>Only one lease per replicator is held at a time, and a lease that was lost cannot save.
 * </ul>
 *
 * <p>Implementations are thread-safe.
 */
public interface StateStore {

  /**
   * All documents of a replicator, as they were last saved; empty where there are none. Needs no
   * lease.
   *
   * @param replicator the id, made of lower-case letters, digits and underscores, at most 128
   * @throws StateException if they cannot be read
   * @throws dev.bobbin.error.ConfigurationException if the id is none
   */
  List<StateDocument> read(String replicator);

  /**
   * Takes the lease on a replicator's documents.
   *
   * @param replicator the id
   * @return a lease that the caller closes
   * @throws StateException if another holds it, naming who as far as known, or if the store cannot
   *     be reached
   * @throws dev.bobbin.error.ConfigurationException if the id is none
   */
  StateLease lease(String replicator);
}
