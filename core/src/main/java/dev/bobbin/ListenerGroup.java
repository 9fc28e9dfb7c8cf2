package dev.bobbin;

import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All listeners; what one of them throws harms neither the run nor the others. */
final class ListenerGroup {

  private static final Logger LOG = LoggerFactory.getLogger(ListenerGroup.class);

  private final List<ReplicatorListener> listeners;

  ListenerGroup(List<ReplicatorListener> listeners) {
    this.listeners = listeners;
  }

  void tell(Consumer<ReplicatorListener> event) {
    for (ReplicatorListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (Exception e) { // of whatever kind: listeners need not be written in Java
        LOG.warn("A listener failed with {}", e.getClass().getName());
      }
    }
  }
}
