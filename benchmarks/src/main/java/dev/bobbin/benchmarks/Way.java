package dev.bobbin.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** How a case comes to the server. */
enum Way {
  DIRECT {
    @Override
    JvmCase lead(JvmCase direct, Bastion bastion) {
      return direct;
    }
  },

  /** To a port of this machine that OpenSSH's client forwards. */
  SSH_FORWARD {
    @Override
    JvmCase lead(JvmCase direct, Bastion bastion) {
      return new JvmCase(
          direct.name(),
          direct.peer(),
          direct.flags(),
          bastion.forwarded(),
          direct.work(),
          direct.folder());
    }
  },

  /** Through Bobbin's own tunnel: the peer takes {@link Bastion#tunnel()}. */
  TUNNEL {
    @Override
    JvmCase lead(JvmCase direct, Bastion bastion) {
      List<String> flags = new ArrayList<>(direct.flags());
      flags.addAll(bastion.flags());
      return new JvmCase(
          direct.name(), direct.peer(), flags, direct.source(), direct.work(), direct.folder());
    }
  };

  /** The case on this way, instead of straight over the network. */
  abstract JvmCase lead(JvmCase direct, Bastion bastion);
}
