package dev.mokha.server.presence;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.server.storage.ObjectReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps this server's identity lease, and in a cluster of several servers the endpoints of the
 * Service {@code kubernetes}.
 *
 * <p>The lease {@code apiserver-...} in kube-system is upstream's (KEP-1965): renewed every ten
 * seconds, it counts for an hour, and whoever finds one that ran out removes it. An annotation of
 * our own adds where pods reach the server. A server whose lease was not seen to change for half a
 * minute is left out of the endpoints, and one that ends in good order takes itself out.
 */
public final class ServerPresence implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerPresence.class);

  private static final GroupVersionResource LEASES =
      new GroupVersionResource("coordination.k8s.io", "v1", "leases");
  private static final String NAMESPACE = "kube-system";
  private static final String LABEL = "apiserver.kubernetes.io/identity";
  private static final String LABEL_VALUE = "kube-apiserver";
  private static final String ADDRESS = "mokha.dev/advertise-address";
  private static final Duration LEASE = Duration.ofHours(1);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  /**
   * Who this server is.
   *
   * @param identity what tells it from the other servers and stays the same when it is started
   *     again, such as the host's name
   * @param address the IP address by which pods reach it; empty to leave the endpoints alone
   * @param port its port, the same on all servers
   * @param renew how often it says that it is there
   */
  public record Self(String identity, String address, int port, Duration renew) {
    /** Refuses nulls. */
    public Self {
      requireNonNull(identity);
      requireNonNull(address);
      requireNonNull(renew);
    }

    /** With upstream's ten seconds. */
    public Self(String identity, String address, int port) {
      this(identity, address, port, Duration.ofSeconds(10));
    }
  }

  /** When a server's lease was last seen to change, by this process's clock. */
  private record Seen(String renewed, long at) {}

  private final ApiClient client;
  private final ObjectReader objects;
  private final Self self;
  private final InstantSource clock;
  private final String name;
  private final String holder;
  private final Map<String, Seen> seen = new HashMap<>();
  private final Thread thread;
  private volatile boolean closed;

  private ServerPresence(ApiClient client, ObjectReader objects, Self self, InstantSource clock) {
    this.client = requireNonNull(client);
    this.objects = requireNonNull(objects);
    this.self = requireNonNull(self);
    this.clock = requireNonNull(clock);
    this.name = "apiserver-" + hash(self.identity());
    this.holder = name + "_" + UUID.randomUUID();
    this.thread = Thread.ofVirtual().name("server-presence").unstarted(this::run);
  }

  /** Says that the server is there, from a thread of its own. */
  public static ServerPresence start(
      ApiClient client, ObjectReader objects, Self self, InstantSource clock) {
    ServerPresence presence = new ServerPresence(client, objects, self, clock);
    presence.thread.start();
    return presence;
  }

  private static String hash(String identity) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(identity.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(Arrays.copyOf(digest, 16));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private void run() {
    while (!closed) {
      boolean retry = false;
      try {
        renew();
        removeOld();
        if (keepsEndpoints()) {
          new KubernetesEndpoints(client, self.port()).set(alive());
        }
      } catch (StatusException e) {
        retry = true;
        log.debug("this server's lease or endpoints are renewed soon", e);
      } catch (RuntimeException e) {
        log.warn("this server's lease or endpoints could not be renewed", e);
      }
      try {
        Thread.sleep(retry ? self.renew().dividedBy(10) : self.renew());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private boolean keepsEndpoints() {
    return objects.isShared() && !self.address().isEmpty();
  }

  private void renew() {
    String now = MICROS.format(clock.instant());
    Optional<KubeObject> found = client.find(LEASES, NAMESPACE, name);
    ObjectNode lease =
        found.map(KubeObject::toTree).orElseGet(() -> Json.MAPPER.createObjectNode());
    lease.put("apiVersion", LEASES.groupVersion()).put("kind", "Lease");
    ObjectNode metadata = lease.withObject("/metadata");
    metadata.put("namespace", NAMESPACE).put("name", name);
    metadata
        .withObject("labels")
        .put(LABEL, LABEL_VALUE)
        .put("kubernetes.io/hostname", label(self.identity()));
    if (!self.address().isEmpty()) {
      metadata.withObject("annotations").put(ADDRESS, self.address());
    }
    ObjectNode spec = lease.withObject("/spec");
    if (!spec.path("holderIdentity").asString("").equals(holder)) {
      spec.put("holderIdentity", holder).put("acquireTime", now);
    }
    spec.put("leaseDurationSeconds", LEASE.toSeconds()).put("renewTime", now);
    if (found.isEmpty()) {
      client.create(LEASES, NAMESPACE, "", "", KubeObject.of(lease));
    } else {
      client.update(LEASES, NAMESPACE, "", KubeObject.of(lease));
    }
  }

  private static String label(String identity) {
    String text = identity.replaceAll("[^A-Za-z0-9._-]", "-");
    text = text.substring(0, Math.min(63, text.length()));
    return text.replaceAll("^[^A-Za-z0-9]+|[^A-Za-z0-9]+$", "");
  }

  private List<KubeObject> servers() {
    List<KubeObject> servers = new ArrayList<>();
    for (KubeObject lease : objects.list(LEASES.group(), LEASES.resource(), NAMESPACE)) {
      if (LABEL_VALUE.equals(lease.labels().get(LABEL))) {
        servers.add(lease);
      }
    }
    return servers;
  }

  /** Whoever comes first removes the leases that ran out. */
  private void removeOld() {
    for (KubeObject lease : servers()) {
      ObjectNode tree = lease.toTree();
      Instant renewed;
      try {
        renewed = Instant.parse(tree.path("spec").path("renewTime").asString(""));
      } catch (DateTimeParseException e) {
        continue; // written by somebody else, and not ours to judge
      }
      long counts = tree.path("spec").path("leaseDurationSeconds").asLong(LEASE.toSeconds());
      if (!lease.name().equals(name) && renewed.plusSeconds(counts).isBefore(clock.instant())) {
        client.delete(LEASES, NAMESPACE, lease.name(), ApiClient.DeleteOptions.uid(lease.uid()));
      }
    }
  }

  /** The addresses of the servers that are there. */
  private TreeSet<String> alive() {
    TreeSet<String> addresses = new TreeSet<>();
    long now = System.nanoTime();
    for (KubeObject lease : servers()) {
      ObjectNode tree = lease.toTree();
      String renewed = tree.path("spec").path("renewTime").asString("");
      Seen last = seen.get(lease.name());
      if (last == null || !last.renewed.equals(renewed)) {
        last = new Seen(renewed, now);
        seen.put(lease.name(), last);
      }
      String address = tree.path("metadata").path("annotations").path(ADDRESS).asString("");
      if (!address.isEmpty() && now - last.at <= 3 * self.renew().toNanos()) {
        addresses.add(address);
      }
    }
    addresses.add(self.address());
    return addresses;
  }

  /** Takes the server out, as far as that is possible: otherwise the others will. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    if (!keepsEndpoints()) {
      return;
    }
    try {
      thread.join(Duration.ofSeconds(5));
      client.delete(LEASES, NAMESPACE, name, ApiClient.DeleteOptions.DEFAULT);
      TreeSet<String> left = alive();
      left.remove(self.address());
      if (!left.isEmpty()) {
        new KubernetesEndpoints(client, self.port()).set(left);
      }
    } catch (StatusException e) {
      log.debug("the other servers will take this one out of the endpoints", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
