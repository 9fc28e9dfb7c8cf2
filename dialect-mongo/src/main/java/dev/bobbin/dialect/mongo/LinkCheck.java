package dev.bobbin.dialect.mongo;

import dev.bobbin.check.Finding;
import dev.bobbin.check.Finding.Subject;
import dev.bobbin.error.BobbinException;
import dev.bobbin.error.ConfigurationException;
import dev.bobbin.error.SourceException;
import dev.bobbin.error.TunnelException;
import dev.bobbin.spi.SourceSettings;
import dev.bobbin.spi.TlsFinding;
import dev.bobbin.tls.UntrustedCertificateException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;

/**
 * The check of the way to a deployment, step by step: names, port, TLS, login, version, database.
 * For one use by one thread.
 */
final class LinkCheck {

  private final Deployment deployment;
  private final SourceSettings settings;
  private final Consumer<Finding> findings;
  private final List<InetAddress> addresses = new ArrayList<>();

  LinkCheck(Deployment deployment, SourceSettings settings, Consumer<Finding> findings) {
    this.deployment = deployment;
    this.settings = settings;
    this.findings = findings;
  }

  /** Connects, and tells of each step; empty where one failed. */
  Optional<Link> run() {
    Link link;
    try {
      link = new Link(deployment, settings);
    } catch (ConfigurationException e) {
      return failed(deployment.host().isEmpty() ? Subject.NAME : Subject.TLS, e);
    }
    boolean kept = false;
    try {
      kept = tellsOf(link);
      return kept ? Optional.of(link) : Optional.empty();
    } finally {
      if (!kept) {
        link.close();
      }
    }
  }

  private Optional<Link> failed(Subject subject, BobbinException failure) {
    findings.accept(Finding.failure(subject, failure));
    return Optional.empty();
  }

  private boolean tellsOf(Link link) {
    boolean tunnel = settings.tunnel().isPresent();
    boolean there =
        tunnel
            ? deployment.host().isEmpty()
                || settings
                    .tunnel()
                    .orElseThrow()
                    .check(deployment.host(), deployment.port(), findings)
            : areKnown(link);
    if (!there) {
      return false;
    }
    try {
      link.reach();
    } catch (TunnelException e) {
      return failed(Subject.TUNNEL, e).isPresent();
    } catch (SourceException e) {
      boolean tls = isOfTls(e);
      if (tls && !tunnel) {
        tellOfPort();
      }
      return failed(tls ? Subject.TLS : tunnel ? Subject.TUNNEL : Subject.PORT, e).isPresent();
    }
    if (!tunnel) {
      tellOfPort();
    }
    if (deployment.tls().isOff()) {
      boolean local = addresses.stream().allMatch(InetAddress::isLoopbackAddress);
      findings.accept(TlsFinding.off(deployment.tls(), tunnel, local));
    } else {
      link.route()
          .lastEncrypted()
          .ifPresent(
              session -> findings.accept(TlsFinding.of(deployment.tls(), session, Instant.now())));
    }
    try {
      link.open();
      if (deployment.user().isEmpty()) {
        link.requireNoLogin();
      }
    } catch (BobbinException e) {
      return failed(e instanceof TunnelException ? Subject.TUNNEL : Subject.LOGIN, e).isPresent();
    }
    findings.accept(
        Finding.pass(
            Subject.LOGIN,
            deployment.user().isEmpty()
                ? "The server asks for no login."
                : "The server let user " + deployment.user() + " in."));
    ServerInfo info = link.info();
    findings.accept(
        info.isOlderThan(4, 4)
            ? Finding.warning(
                Subject.VERSION,
                info.describe() + " is older than what Bobbin is made for.",
                "Use MongoDB 4.4 or later.")
            : Finding.pass(Subject.VERSION, info.describe() + " is supported."));
    findings.accept(
        Finding.pass(
            Subject.DATABASE,
            deployment.database().isEmpty()
                ? "None was named, so the names of collections need one."
                : "Collections without a database are those of " + deployment.database() + "."));
    return true;
  }

  private static boolean isOfTls(SourceException e) {
    StrangerException stranger = Failures.find(e, StrangerException.class);
    return (stranger != null && stranger.wantsTls())
        || Failures.find(e, UntrustedCertificateException.class) != null
        || Failures.find(e, SSLException.class) != null
        || Failures.find(e, java.security.cert.CertificateException.class) != null;
  }

  private void tellOfPort() {
    if (!deployment.host().isEmpty()) {
      findings.accept(Finding.pass(Subject.PORT, deployment.address() + " answers."));
    }
  }

  /** Whether this machine knows the hosts' names. */
  private boolean areKnown(Link link) {
    List<String> names =
        link.resolved().addresses().stream().map(address -> address.getHost()).toList();
    for (String name : names) {
      try {
        List<InetAddress> found = Arrays.asList(InetAddress.getAllByName(name));
        addresses.addAll(found);
        String texts =
            found.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
        findings.accept(
            Finding.pass(
                Subject.NAME,
                texts.equals(name) ? name + " is an address." : name + " is " + texts + "."));
      } catch (UnknownHostException e) {
        findings.accept(
            Finding.failure(
                Subject.NAME,
                "The host name " + name + " is not known.",
                "Check the name. One that is known in another network alone is reached from there,"
                    + " through a tunnel."));
        return false;
      }
    }
    return true;
  }
}
