package dev.mokha.server.pki;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * How kubectl reaches the cluster: one context with its cluster and user, all of one name.
 *
 * @param name of the context, the cluster and the user
 * @param server such as {@code https://127.0.0.1:6443}
 * @param authorityPem the certificate to trust
 * @param client who the user is
 */
public record Kubeconfig(
    String name, String server, String authorityPem, KeyAndCertificates client) {
  private static final ObjectMapper YAML = new YAMLMapper();

  /** YAML can name a part and refer to it again, which our writer would not keep. */
  private static final Pattern REFERENCE = Pattern.compile("(?m)(^|[:\\-,\\[{])\\s+[&*][^\\s,]+");

  /** Refuses nulls. */
  public Kubeconfig {
    requireNonNull(name, "name");
    requireNonNull(server, "server");
    requireNonNull(authorityPem, "authorityPem");
    requireNonNull(client, "client");
  }

  /** Writes a file with this context alone, mode 0600. */
  public void write(Path file) {
    replace(file, text());
  }

  /** The YAML of a file with this context alone. */
  public String text() {
    ObjectNode root = YAML.createObjectNode();
    root.put("apiVersion", "v1").put("kind", "Config");
    addTo(root);
    root.put("current-context", name);
    return YAML.writeValueAsString(root);
  }

  /**
   * Adds the context to a file that may hold others, or brings it up to date; all else stays. The
   * current context is set only where there is none. Before the first change the file is copied to
   * {@code NAME.before-mokha}, since comments are lost.
   *
   * @return true when the file was changed
   * @throws PkiException when the file is not what it should be; it is then left alone
   */
  public boolean mergeInto(Path file) {
    try {
      Path target = Files.exists(file) ? file.toRealPath() : file;
      if (!Files.exists(target) || Files.size(target) == 0) {
        write(target);
        return true;
      }
      String before = Files.readString(target);
      ObjectNode root = parse(target, before);
      ObjectNode original = root.deepCopy();
      addTo(root);
      if (root.path("current-context").asString("").isEmpty()) {
        root.put("current-context", name);
      }
      if (root.equals(original)) {
        return false;
      }
      Path backup = target.resolveSibling(target.getFileName() + ".before-" + name);
      if (!Files.exists(backup)) {
        Files.copy(target, backup, StandardCopyOption.COPY_ATTRIBUTES);
      }
      replace(target, YAML.writeValueAsString(root));
      return true;
    } catch (IOException e) {
      throw new PkiException("%s can't be changed: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static ObjectNode parse(Path file, String text) {
    JsonNode tree;
    try {
      tree = YAML.readTree(text);
    } catch (JacksonException e) {
      throw new PkiException("%s is not valid YAML; it was left as it is".formatted(file), e);
    }
    boolean config =
        tree instanceof ObjectNode
            && (tree.path("kind").isMissingNode() || "Config".equals(tree.path("kind").asString()))
            && !REFERENCE.matcher(text).find();
    if (!config) {
      throw new PkiException(
          "%s is not a kubeconfig that can be changed safely; it was left as it is".formatted(file),
          null);
    }
    return (ObjectNode) tree;
  }

  private void addTo(ObjectNode root) {
    ObjectNode cluster = YAML.createObjectNode().put("server", server);
    cluster.put("certificate-authority-data", base64(authorityPem));
    put(root, "clusters", "cluster", cluster);
    ObjectNode user = YAML.createObjectNode();
    try {
      user.put("client-certificate-data", base64(Pem.certificates(client.chain())));
    } catch (GeneralSecurityException e) {
      throw new PkiException("the client certificate can't be encoded", e);
    }
    // Every client reads this form of a key; some Java clients take PKCS #8 for RSA.
    user.put("client-key-data", base64(Pem.ellipticKey(client.key())));
    put(root, "users", "user", user);
    put(
        root,
        "contexts",
        "context",
        YAML.createObjectNode().put("cluster", name).put("user", name));
  }

  private void put(ObjectNode root, String list, String field, ObjectNode value) {
    ArrayNode entries =
        root.get(list) instanceof ArrayNode existing ? existing : root.putArray(list);
    for (JsonNode entry : entries) {
      if (name.equals(entry.path("name").asString("")) && entry instanceof ObjectNode object) {
        // A context's namespace is the user's choice.
        JsonNode old = object.path(field);
        if (field.equals("context") && old.has("namespace")) {
          value.set("namespace", old.get("namespace"));
        }
        object.set(field, value);
        return;
      }
    }
    entries.addObject().put("name", name).set(field, value);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void replace(Path file, String text) {
    Path path = file.toAbsolutePath();
    Set<PosixFilePermission> mode = PosixFilePermissions.fromString("rw-------");
    try {
      Files.createDirectories(path.getParent());
      Path half =
          Files.createTempFile(
              path.getParent(),
              path.getFileName().toString(),
              ".new",
              PosixFilePermissions.asFileAttribute(mode));
      try {
        try (FileChannel out = FileChannel.open(half, StandardOpenOption.WRITE)) {
          ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
          while (bytes.hasRemaining()) {
            out.write(bytes);
          }
          out.force(true);
        }
        if (Files.exists(path)) {
          Files.setPosixFilePermissions(half, Files.getPosixFilePermissions(path));
        }
        Files.move(half, path, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(half);
      }
    } catch (IOException e) {
      throw new PkiException("%s can't be written: %s".formatted(file, e.getMessage()), e);
    }
  }
}
