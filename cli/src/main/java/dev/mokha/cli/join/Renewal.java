package dev.mokha.cli.join;

import static java.util.Objects.requireNonNull;

import dev.mokha.cli.Instance;
import dev.mokha.client.ApiClient;
import dev.mokha.server.pki.Pem;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews a joined node's certificates when less than a third of their life is left. The process
 * then has to read them: it ends, and its supervisor starts it again, which no container notices.
 */
public final class Renewal implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Renewal.class);
  private static final Duration LOOK = Duration.ofHours(1);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Instance instance;
  private final JoinedNode node;
  private final ApiClient client;
  private final Clock clock;
  private final Runnable renewed;
  private final Thread thread;

  private Renewal(
      Instance instance, JoinedNode node, ApiClient client, Clock clock, Runnable renewed) {
    this.instance = requireNonNull(instance, "instance");
    this.node = requireNonNull(node, "node");
    this.client = requireNonNull(client, "client");
    this.clock = requireNonNull(clock, "clock");
    this.renewed = requireNonNull(renewed, "renewed");
    this.thread = Thread.ofVirtual().name("certificate-renewal").unstarted(this::run);
  }

  /**
   * Looks at once, and then every hour.
   *
   * @param client acts as the node
   * @param renewed is called when there are new certificates
   */
  public static Renewal start(
      Instance instance, JoinedNode node, ApiClient client, Clock clock, Runnable renewed) {
    Renewal renewal = new Renewal(instance, node, client, clock, renewed);
    renewal.thread.start();
    return renewal;
  }

  private void run() {
    try {
      while (true) {
        try {
          if (renew()) {
            renewed.run();
          }
        } catch (RuntimeException e) {
          log.warn("the certificates could not be renewed yet: {}", e.getMessage());
        }
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  /** Renews what is due; true when there is something new. */
  boolean renew() {
    boolean any = false;
    CertificateOrder order = new CertificateOrder(client, PATIENCE);
    if (isDue(JoinedNode.read(instance, "client.crt"), clock.instant())) {
      JoinedNode.write(instance, "client", order.client(node.name()));
      log.info("the client certificate of {} is renewed", node.name());
      any = true;
    }
    if (isDue(JoinedNode.read(instance, "serving.crt"), clock.instant())) {
      JoinedNode.write(instance, "serving", order.serving(node.name(), List.of(node.address())));
      log.info("the serving certificate of {} is renewed", node.name());
      any = true;
    }
    return any;
  }

  /** Whether less than a third of its life is left. */
  static boolean isDue(String pem, Instant now) {
    try {
      X509Certificate certificate = Pem.readCertificates(pem).getFirst();
      Instant from = certificate.getNotBefore().toInstant();
      Instant to = certificate.getNotAfter().toInstant();
      return now.isAfter(to.minus(Duration.between(from, to).dividedBy(3)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate of ours can't be read", e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
