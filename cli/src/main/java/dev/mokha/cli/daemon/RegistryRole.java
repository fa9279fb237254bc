package dev.mokha.cli.daemon;

import dev.mokha.cli.Instance;
import dev.mokha.cli.RegistryFile;
import dev.mokha.cli.Settings;
import dev.mokha.cli.UserError;
import dev.mokha.client.ApiClient;
import dev.mokha.client.https.Endpoint;
import dev.mokha.engine.OwnRegistry;
import dev.mokha.registry.Registry;
import dev.mokha.registry.RegistrySettings;
import dev.mokha.registry.http.RegistryServer;
import dev.mokha.registry.metrics.RegistryMetrics;
import dev.mokha.registry.storage.RegistryStorage;
import dev.mokha.server.http.TlsMaterial;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.KeyAndCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The cluster's registry beside the API server: on the first node's address, which its nodes use,
 * on the loopback interface, and where the API server listens. A registry that can't start does not
 * keep the cluster from starting.
 */
final class RegistryRole implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RegistryRole.class);
  private static final Duration RENEWAL = Duration.ofHours(6);

  private final Registry registry;
  private final CertificateRenewal renewal;
  private final URI base;
  private final RegistryService.Published published;

  private RegistryRole(
      Registry registry,
      CertificateRenewal renewal,
      URI base,
      RegistryService.Published published) {
    this.published = published;
    this.registry = registry;
    this.renewal = renewal;
    this.base = base;
  }

  /** Starts it, unless it is off or something is in its way, which the log then says. */
  static Optional<RegistryRole> start(
      Instance instance,
      Settings settings,
      ClusterPki pki,
      List<String> serverNames,
      ApiClient client,
      RegistryService service) {
    Optional<URI> base = expected(settings);
    if (base.isEmpty()) {
      service.withdraw();
      return Optional.empty();
    }
    try {
      RegistrySettings chosen =
          RegistryFile.read(
              settings.registryConfig().isEmpty() ? null : Path.of(settings.registryConfig()),
              settings.registryMirrors());
      Set<String> names = new LinkedHashSet<>(List.of(Registry.HOST, "localhost", "127.0.0.1"));
      names.addAll(serverNames);
      names.addAll(RegistryService.names(settings.clusterDomain()));
      names.removeIf(name -> name.equals("0.0.0.0") || name.equals("::"));
      AtomicReference<KeyAndCertificates> shown = new AtomicReference<>(pki.registry(names));
      Registry registry =
          Registry.start(
              new Registry.Place(
                  instance.dataDir().resolve("registry"),
                  addresses(settings),
                  Optional.of(
                      new RegistryServer.Tls(
                          TlsMaterial.keys(shown::get),
                          TlsMaterial.trust(List.of(pki.authority().certificate()))))),
              chosen,
              Optional.of(client));
      RegistryRole role =
          new RegistryRole(
              registry,
              CertificateRenewal.start(RENEWAL, () -> shown.set(pki.registry(names))),
              base.get(),
              service.publish(settings.registryPort().orElseThrow()));
      return Optional.of(role);
    } catch (IOException | RuntimeException e) {
      log.error("the image registry does not run: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private static List<InetSocketAddress> addresses(Settings settings) throws IOException {
    int port = settings.registryPort().orElseThrow();
    InetAddress listen = InetAddress.getByName(settings.listenHost());
    if (listen.isAnyLocalAddress()) {
      return List.of(new InetSocketAddress(listen, port));
    }
    Set<InetAddress> wanted = new LinkedHashSet<>();
    wanted.add(settings.nodeAddress(1));
    wanted.add(listen);
    wanted.add(InetAddress.ofLiteral("127.0.0.1"));
    List<InetSocketAddress> free = new ArrayList<>();
    for (InetAddress address : wanted) {
      InetSocketAddress at = new InetSocketAddress(address, port);
      try (ServerSocket probe = new ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(at);
        free.add(at);
      } catch (IOException e) {
        // Nodes need the first; the others are for the user's convenience.
        if (free.isEmpty()) {
          throw new IOException(
              "it can't listen on %s:%d: %s; choose another port with mokha up --registry PORT"
                  .formatted(address.getHostAddress(), port, e.getMessage()),
              e);
        }
        log.warn("the image registry does not listen on {}, which is taken", at);
      }
    }
    return free;
  }

  /** Where nodes of this machine find the registry; empty when it is off. */
  static Optional<URI> expected(Settings settings) {
    return settings.registryPort().isEmpty()
        ? Optional.empty()
        : Optional.of(
            URI.create(
                "https://%s:%d"
                    .formatted(
                        settings.nodeAddress(1).getHostAddress(),
                        settings.registryPort().getAsInt())));
  }

  /**
   * The registry as the engine of a node of this machine sees it.
   *
   * @param at where it is, and what the node shows there
   */
  static OwnRegistry seenFrom(Settings settings, int node, Endpoint at) {
    int port = settings.registryPort().orElseThrow();
    Set<String> hosts = names(port);
    hosts.add(settings.nodeAddress(1).getHostAddress() + ":" + port);
    if (!settings.listenHost().equals("0.0.0.0") && !settings.listenHost().equals("::")) {
      hosts.add(settings.listenHost() + ":" + port);
    }
    // Images are named alike on every node, though loopback is another interface on each.
    hosts.add("localhost:" + port);
    hosts.add("127.0.0.1:" + port);
    return new OwnRegistry(hosts, at.server(), at.tls());
  }

  /** The registry as a machine sees it that has joined: where the API server is. */
  static Optional<OwnRegistry> seenFromAfar(Settings settings, Endpoint server) {
    if (settings.registryPort().isEmpty()) {
      return Optional.empty();
    }
    int port = settings.registryPort().getAsInt();
    String host = server.server().getHost();
    Set<String> hosts = names(port);
    hosts.add(host + ":" + port);
    return Optional.of(
        new OwnRegistry(hosts, URI.create("https://" + host + ":" + port), server.tls()));
  }

  private static Set<String> names(int port) {
    return new LinkedHashSet<>(List.of(Registry.HOST, Registry.HOST + ":" + port));
  }

  /**
   * What the engine tries before a registry itself: first our registry, which mirrors it and keeps
   * what it brings, then, in case that does not answer, what it would ask.
   */
  static Map<String, List<String>> mirrors(Settings settings, Optional<OwnRegistry> own) {
    Map<String, List<String>> mirrors = new HashMap<>(settings.registryMirrors());
    if (own.isEmpty()) {
      return mirrors;
    }
    Set<String> hosts = new LinkedHashSet<>(mirrors.keySet());
    if (!settings.registryConfig().isEmpty()) {
      try {
        hosts.addAll(
            RegistryFile.read(Path.of(settings.registryConfig()), Map.of())
                .mirror()
                .hosts()
                .keySet());
      } catch (UserError e) {
        log.warn("{}", e.getMessage());
      }
    }
    for (String host : hosts) {
      List<String> all = new ArrayList<>();
      all.add(own.get().base().toString());
      all.addAll(mirrors.getOrDefault(host, List.of()));
      mirrors.put(host, all);
    }
    return mirrors;
  }

  /** Where nodes find it. */
  URI base() {
    return base;
  }

  /** What the status says of it. */
  void describe(ObjectNode status) throws IOException {
    ObjectNode node = status.putObject("registry");
    node.put("address", base.getAuthority());
    if (!published.elsewhere().isEmpty()) {
      node.put("podsUse", published.elsewhere());
    }
    node.put("repositories", registry.storage().repositories("").size());
    node.put("uploads", registry.storage().uploads().count());
  }

  /** Its figures. */
  RegistryMetrics metrics() {
    return registry.metrics();
  }

  /** What was pushed to it. */
  RegistryStorage storage() {
    return registry.storage();
  }

  @Override
  public void close() {
    renewal.close();
    registry.close();
  }
}
