package dev.mokha.cli;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.core.JacksonException;

/**
 * How an instance was started last; what {@code up} without options uses again, and what the
 * daemons read.
 *
 * @param nodes how many nodes run on this machine
 * @param listen address and port of the API server
 * @param podCidr range of all pods
 * @param serviceCidr range of all services
 * @param nodeCidr range of the nodes' own addresses, inside this machine
 * @param clusterDomain what service names end with
 * @param store the address of an etcd; empty for the store of this machine
 * @param oidcConfig the file that names identity providers; empty for none
 * @param registryMirrors for each registry host the mirrors to try first; {@code *} for all
 * @param auditPolicy file with the audit policy; empty for the standard one
 * @param auditLog file the audit is written to; empty for the one in the data directory
 * @param registry the port of the cluster's registry; {@code off} for none
 * @param registryConfig the file with the registry's settings; empty for the usual ones
 * @param dockerSockets where node 1 answers Docker's clients, besides the instance's own socket
 * @param imagePolicy the file that says which images may be pulled; empty for all
 * @param userns {@code private} when Docker's containers that don't say have ids of their own, else
 *     {@code host}
 */
public record Settings(
    int nodes,
    String listen,
    String podCidr,
    String serviceCidr,
    String nodeCidr,
    String clusterDomain,
    String store,
    String oidcConfig,
    Map<String, List<String>> registryMirrors,
    String auditPolicy,
    String auditLog,
    String registry,
    String registryConfig,
    List<String> dockerSockets,
    String imagePolicy,
    String userns) {
  /** Where the registry listens unless another port is chosen. */
  public static final String DEFAULT_REGISTRY = "5000";

  /** What a first {@code up} without options uses. */
  public static final Settings DEFAULT =
      new Settings(
          1,
          "127.0.0.1:6443",
          "10.42.0.0/16",
          "10.43.0.0/16",
          "10.44.0.0/24",
          "cluster.local",
          "",
          "",
          Map.of(),
          "",
          "",
          DEFAULT_REGISTRY,
          "",
          List.of(),
          "",
          "host");

  /** Refuses nulls. */
  public Settings {
    requireNonNull(listen, "listen");
    requireNonNull(podCidr, "podCidr");
    requireNonNull(serviceCidr, "serviceCidr");
    requireNonNull(nodeCidr, "nodeCidr");
    requireNonNull(clusterDomain, "clusterDomain");
    // Absent in what an older version wrote.
    store = store == null ? "" : store;
    oidcConfig = oidcConfig == null ? "" : oidcConfig;
    registryMirrors = Map.copyOf(registryMirrors);
    // Earlier releases wrote no such settings.
    auditPolicy = auditPolicy == null ? "" : auditPolicy;
    auditLog = auditLog == null ? "" : auditLog;
    registry = registry == null || registry.isEmpty() ? DEFAULT_REGISTRY : registry;
    registryConfig = registryConfig == null ? "" : registryConfig;
    userns = userns == null || userns.isEmpty() ? "host" : userns;
    dockerSockets = dockerSockets == null ? List.of() : List.copyOf(dockerSockets);
    imagePolicy = imagePolicy == null ? "" : imagePolicy;
  }

  /** The same with another image policy. */
  public Settings withImagePolicy(String file) {
    return new Settings(
        nodes,
        listen,
        podCidr,
        serviceCidr,
        nodeCidr,
        clusterDomain,
        store,
        oidcConfig,
        registryMirrors,
        auditPolicy,
        auditLog,
        registry,
        registryConfig,
        dockerSockets,
        file,
        userns);
  }

  /** The settings of an instance that was up before. */
  public static Optional<Settings> read(Instance instance) {
    Path file = instance.settingsFile();
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.MAPPER.readValue(Files.readAllBytes(file), Settings.class));
    } catch (IOException | JacksonException e) {
      throw new UserError("the settings in " + file + " can't be read: " + e.getMessage());
    }
  }

  /** Keeps them for the next start. */
  public void write(Instance instance) {
    Path file = instance.settingsFile();
    try {
      DurableFiles.replace(
          file, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The port of the registry, unless there is none. */
  public OptionalInt registryPort() {
    return registry.equals("off")
        ? OptionalInt.empty()
        : OptionalInt.of(Integer.parseInt(registry));
  }

  /** The host part of {@link #listen}. */
  public String listenHost() {
    return listen.substring(0, listen.lastIndexOf(':'));
  }

  /** The port part of {@link #listen}. */
  public int listenPort() {
    return Integer.parseInt(listen.substring(listen.lastIndexOf(':') + 1));
  }

  /** The address by which pods and other nodes reach a node of this machine. */
  public java.net.InetAddress nodeAddress(int node) {
    return Addresses.nth(nodeCidr, node);
  }

  /** How programs on this machine reach the API server. */
  public String serverUrl() {
    boolean everywhere = listenHost().equals("0.0.0.0") || listenHost().equals("::");
    return "https://%s:%d".formatted(everywhere ? "127.0.0.1" : listenHost(), listenPort());
  }
}
