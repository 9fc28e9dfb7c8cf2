package dev.bobbin.ssh;

import org.jspecify.annotations.Nullable;

/**
 * Everything that is said of one SSH server. Immutable.
 *
 * @param trust null if nothing has been said yet
 * @param jump leads to the server; null if it is reached straight
 */
record Hop(
    SshHost host,
    Login login,
    @Nullable HostKeyTrust trust,
    Patience patience,
    @Nullable SshTunnel jump) {

  Hop with(Login other) {
    return new Hop(host, other, trust, patience, jump);
  }

  Hop with(HostKeyTrust other) {
    return new Hop(host, login, other, patience, jump);
  }

  Hop with(Patience other) {
    return new Hop(host, login, trust, other, jump);
  }

  Hop with(SshTunnel other) {
    return new Hop(host, login, trust, patience, other);
  }

  /** Does not ask the suppliers. */
  @Override
  public String toString() {
    return (login.user() == null ? "" : login.user() + "@")
        + host
        + (jump == null ? "" : " through " + jump);
  }
}
