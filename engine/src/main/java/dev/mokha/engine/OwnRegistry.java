package dev.mokha.engine;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * The cluster's own registry. Images whose names begin with one of its hosts come from it with no
 * set-up: its authority is trusted, and it knows this node by its certificate.
 *
 * @param hosts what image names call it, with the port where one is written
 * @param base where it is, such as {@code https://10.44.0.1:5000}
 * @param tls trusts it and shows this node's certificate
 */
public record OwnRegistry(Set<String> hosts, URI base, SSLContext tls) {
  /** Copies the hosts. */
  public OwnRegistry {
    hosts = Set.copyOf(hosts);
    requireNonNull(base, "base");
    requireNonNull(tls, "tls");
  }
}
