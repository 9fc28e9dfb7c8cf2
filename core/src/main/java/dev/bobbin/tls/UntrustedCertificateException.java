package dev.bobbin.tls;

import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/**
 * A server's certificate that is not accepted: what is wrong with it, and what to do. Found among
 * the causes of what a driver throws.
 */
public final class UntrustedCertificateException extends CertificateException {

  private static final long serialVersionUID = 1L;

  private final String problem;
  private final String remedy;

  UntrustedCertificateException(String problem, String remedy, @Nullable Throwable cause) {
    super(problem + ". " + remedy, cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** What is wrong with the certificate: a sentence without its full stop. */
  public String problem() {
    return problem;
  }

  /** What to do, as sentences. */
  public String remedy() {
    return remedy;
  }
}
