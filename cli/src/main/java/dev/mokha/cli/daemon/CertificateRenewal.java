package dev.mokha.cli.daemon;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for the certificates again and again, which makes new ones of those that have less than a
 * third of their life left ({@link dev.mokha.server.pki.ClusterPki}).
 */
final class CertificateRenewal implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CertificateRenewal.class);

  private final Thread thread;

  private CertificateRenewal(Thread thread) {
    this.thread = thread;
  }

  /** Runs {@code renew} at that interval, the first time after one. */
  static CertificateRenewal start(Duration every, Runnable renew) {
    requireNonNull(renew, "renew");
    return new CertificateRenewal(
        Thread.ofVirtual()
            .name("certificate-renewal")
            .start(
                () -> {
                  try {
                    while (true) {
                      Thread.sleep(every);
                      try {
                        renew.run();
                      } catch (RuntimeException e) {
                        // There are months left to try again.
                        log.warn("the certificates could not be renewed", e);
                      }
                    }
                  } catch (InterruptedException e) {
                    // Closed.
                  }
                }));
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
