package dev.mokha.cli.join;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.cli.Instance;
import dev.mokha.cli.UserError;
import dev.mokha.client.https.Endpoint;
import dev.mokha.server.pki.PrivateFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * What a machine that has joined a cluster keeps of that; in {@code join.json} and, with mode 0600,
 * in {@code agent-pki}: {@code ca.crt}, {@code client.crt} and {@code client.key}, {@code
 * serving.crt} and {@code serving.key}.
 *
 * @param format number of this form
 * @param server the API server
 * @param name this node's name
 * @param address this node's own address
 * @param podCidr the range of its pods
 */
public record JoinedNode(int format, URI server, String name, String address, String podCidr) {
  /** Raise it with every change, and read the one before too. */
  static final int FORMAT = 1;

  /** The number of a joined node's process, where a server's own nodes are 1, 2 ... */
  public static final int NUMBER = 0;

  /** Refuses nulls. */
  public JoinedNode {
    requireNonNull(server, "server");
    requireNonNull(name, "name");
    requireNonNull(address, "address");
    requireNonNull(podCidr, "podCidr");
  }

  private static Path file(Instance instance) {
    return instance.dataDir().resolve("join.json");
  }

  /** Where its certificates are. */
  public static Path pki(Instance instance) {
    return instance.dataDir().resolve("agent-pki");
  }

  /** What this machine has joined; empty when it has not. */
  public static Optional<JoinedNode> read(Instance instance) {
    Path file = file(instance);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JoinedNode node = Json.MAPPER.readValue(Files.readAllBytes(file), JoinedNode.class);
      if (node.format > FORMAT) {
        throw new UserError(
            "%s was written by a newer Mokha (format %d, this one knows %d); start that version"
                .formatted(file, node.format, FORMAT));
      }
      return Optional.of(node);
    } catch (IOException | JacksonException e) {
      throw new UserError(file + " can't be read: " + e.getMessage());
    }
  }

  /** Keeps it; written last, so that a machine has joined when it is there. */
  void write(Instance instance) {
    write(file(instance), Json.text(Json.MAPPER.valueToTree(this)));
  }

  /** Keeps a certificate and its key. */
  static void write(Instance instance, String name, CertificateOrder.Delivered pair) {
    // The key first: a certificate without its key would be of no use.
    write(pki(instance).resolve(name + ".key.next"), pair.key());
    write(pki(instance).resolve(name + ".crt.next"), pair.certificate());
    try {
      for (String part : new String[] {".key", ".crt"}) {
        Files.move(
            pki(instance).resolve(name + part + ".next"),
            pki(instance).resolve(name + part),
            StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new UserError("the certificate can't be kept: " + e.getMessage());
    }
  }

  /** Writes a file that its owner alone can read, whole or not at all. */
  static void write(Path file, String text) {
    try {
      Files.createDirectories(
          file.getParent(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      PrivateFile.write(file, text);
    } catch (IOException e) {
      throw new UserError("%s can't be written: %s".formatted(file, e.getMessage()));
    }
  }

  /** How this node reaches its server, as itself. */
  public Endpoint endpoint(Instance instance) {
    return Endpoint.of(
        server,
        read(instance, "ca.crt"),
        read(instance, "client.crt"),
        read(instance, "client.key"),
        "");
  }

  static String read(Instance instance, String name) {
    Path file = pki(instance).resolve(name);
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UserError(
          "%s can't be read: %s; run mokha down --wipe, and join again"
              .formatted(file, e.getMessage()));
    }
  }
}
