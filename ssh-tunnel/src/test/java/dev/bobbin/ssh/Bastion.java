package dev.bobbin.ssh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.KeyPair;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.UserAuthFactory;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;

/** An SSH server in this process, for user {@code etl}. Everything may be changed while it runs. */
final class Bastion implements AutoCloseable {

  static final String USER = "etl";

  private final SshKeyPair hostKey;
  private final List<String> keys = new CopyOnWriteArrayList<>();
  private final AtomicInteger sessions = new AtomicInteger();
  private final AtomicInteger passwordsTried = new AtomicInteger();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private volatile BiPredicate<String, String> passwords = (user, password) -> false;
  private SshServer server;
  private int port;

  Bastion() {
    this(SshKeyPair.generate());
  }

  Bastion(SshKeyPair hostKey) {
    this.hostKey = hostKey;
    start(hostKey);
  }

  private void start(SshKeyPair key) {
    server = SshServer.setUpDefaultServer();
    server.setHost("127.0.0.1");
    server.setPort(port);
    server.setKeyPairProvider(KeyPairProvider.wrap(keys(key)));
    server.setUserAuthFactories(
        List.<UserAuthFactory>of(
            UserAuthPublicKeyFactory.INSTANCE, UserAuthPasswordFactory.INSTANCE));
    server.setPublickeyAuthenticator(
        (user, shown, session) ->
            user.equals(USER) && keys.contains(HostKey.of(shown).fingerprint()));
    server.setPasswordAuthenticator(
        (user, password, session) -> {
          passwordsTried.incrementAndGet();
          return passwords.test(user, password);
        });
    server.setForwardingFilter(AcceptAllForwardingFilter.INSTANCE);
    server.addSessionListener(
        new SessionListener() {
          @Override
          public void sessionEvent(Session session, Event event) {
            if (event == Event.Authenticated) {
              sessions.incrementAndGet();
            }
          }
        });
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    port = server.getPort();
  }

  private static KeyPair keys(SshKeyPair pair) {
    try {
      return new KeyPair(pair.provider().getPublic(), pair.provider().getPrivate());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A tunnel that everything has been said of but how to log in. */
  SshTunnel tunnel() {
    return SshTunnel.via("127.0.0.1", port).user(USER).hostKey(fingerprint());
  }

  String fingerprint() {
    return hostKey.fingerprint();
  }

  SshHost host() {
    return new SshHost("127.0.0.1", port);
  }

  int port() {
    return port;
  }

  String knownHostsLine() {
    return "[127.0.0.1]:" + port + " " + hostKey.publicKeyText();
  }

  Bastion lets(SshKeyPair pair) {
    keys.add(pair.fingerprint());
    return this;
  }

  Bastion takesPasswords(BiPredicate<String, String> test) {
    passwords = test;
    return this;
  }

  /** Ends the connection at the first password. */
  Bastion hangsUpOverPasswords() {
    server.setPasswordAuthenticator(
        (user, password, session) -> {
          passwordsTried.incrementAndGet();
          try {
            session.disconnect(SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR, "Too many failures");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return false;
        });
    return this;
  }

  /** Ends the connection at the first key. */
  Bastion hangsUpOverKeys() {
    server.setPublickeyAuthenticator(
        (user, shown, session) -> {
          try {
            session.disconnect(SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR, "Too many failures");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return false;
        });
    return this;
  }

  Bastion methods(UserAuthFactory... factories) {
    server.setUserAuthFactories(List.of(factories));
    return this;
  }

  Bastion forwardsNothing() {
    server.setForwardingFilter(RejectAllForwardingFilter.INSTANCE);
    return this;
  }

  Bastion forwardsTo(SshdSocketAddress target) {
    server.setForwardingFilter(
        new AcceptAllForwardingFilter() {
          @Override
          protected boolean checkAcceptance(
              String request, Session session, SshdSocketAddress address) {
            return address.getPort() == target.getPort();
          }
        });
    return this;
  }

  /** Lets who wants to be forwarded wait. */
  Bastion forwardsSlowly() {
    server.setForwardingFilter(
        new AcceptAllForwardingFilter() {
          @Override
          protected boolean checkAcceptance(
              String request, Session session, SshdSocketAddress address) {
            asked.countDown();
            try {
              return goOn.await(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
              return false;
            }
          }
        });
    return this;
  }

  void awaitForwarding() throws InterruptedException {
    asked.await();
  }

  void forwardsAgain() {
    goOn.countDown();
  }

  /** Logins so far. */
  int sessions() {
    return sessions.get();
  }

  int passwordsTried() {
    return passwordsTried.get();
  }

  int openSessions() {
    return server.getActiveSessions().size();
  }

  /** Ends everything at once, without a word. */
  void kill() {
    try {
      server.close(true).await(10_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts again at the same port, with the same host key. */
  void restart() {
    start(hostKey);
  }

  void restart(SshKeyPair otherHostKey) {
    start(otherHostKey);
  }

  @Override
  public void close() {
    kill();
  }
}
