package dev.bobbin.ssh;

import java.time.Duration;

/**
 * How long is waited for an SSH server. Immutable.
 *
 * @param keepAlive how often a sign of life is asked for; whole seconds
 * @param missed after how many that stay unanswered the server is taken for dead
 * @param connect for a connection, from the first packet to the login
 */
record Patience(Duration keepAlive, int missed, Duration connect) {

  static final Patience DEFAULT = new Patience(Duration.ofSeconds(5), 2, Duration.ofSeconds(20));

  /**
   * After how long a silence the server is taken for dead. The last of the signs of life that are
   * asked for has half an interval to come.
   */
  Duration silence() {
    return keepAlive.multipliedBy(missed).plus(keepAlive.dividedBy(2));
  }
}
