package dev.mokha.registry;

import dev.mokha.api.object.Json;
import dev.mokha.registry.access.AccessControl;
import dev.mokha.registry.http.MirrorRequests;
import dev.mokha.registry.http.RegistryServer;
import dev.mokha.registry.http.TagRules;
import dev.mokha.registry.metrics.RegistryMetrics;
import dev.mokha.registry.mirror.Mirror;
import dev.mokha.registry.storage.Digest;
import dev.mokha.registry.storage.ManifestDocument;
import dev.mokha.registry.storage.RegistryStorage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A registry on a free loopback port, and a client that speaks to it. */
public final class TestRegistry implements AutoCloseable {
  private final RegistryStorage storage;
  private final RegistryServer server;
  private final HttpClient client = HttpClient.newHttpClient();
  private final Optional<Mirror> mirror;
  private final RegistryMetrics metrics = new RegistryMetrics();

  private TestRegistry(
      RegistryStorage storage,
      AccessControl access,
      TagRules rules,
      Optional<Mirror> mirror,
      Duration patience)
      throws IOException {
    this.storage = storage;
    this.mirror = mirror;
    this.server =
        RegistryServer.start(
            new RegistryServer.Options(
                List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                Optional.empty(),
                patience),
            storage,
            access,
            rules,
            mirror.map(MirrorRequests::new),
            metrics);
  }

  /** One that lets everybody do everything. */
  public static TestRegistry open(Path directory) throws IOException {
    return open(directory, AccessControl.open(), TagRules.NONE, Duration.ofSeconds(20));
  }

  /** One with rules. */
  public static TestRegistry open(
      Path directory, AccessControl access, TagRules rules, Duration patience) throws IOException {
    return new TestRegistry(
        RegistryStorage.open(directory, InstantSource.system()),
        access,
        rules,
        Optional.empty(),
        patience);
  }

  /** One that only mirrors. */
  public static TestRegistry mirror(RegistryStorage own, Mirror mirror) throws IOException {
    return new TestRegistry(
        own, AccessControl.open(), TagRules.NONE, Optional.of(mirror), Duration.ofSeconds(20));
  }

  /** What it counts. */
  public RegistryMetrics metrics() {
    return metrics;
  }

  /** What it keeps. */
  public RegistryStorage storage() {
    return storage;
  }

  /** Host and port. */
  public String host() {
    return "127.0.0.1:" + port();
  }

  /** Where it listens. */
  public int port() {
    return server.addresses().getFirst().getPort();
  }

  /** An address of its API. */
  public URI uri(String path) {
    return URI.create("http://" + host() + path);
  }

  /** Sends a request whose body and headers are given as pairs. */
  public HttpResponse<byte[]> send(String method, String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .timeout(Duration.ofSeconds(30))
            .method(
                method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  /** Gets something. */
  public HttpResponse<byte[]> get(String path, String... headers)
      throws IOException, InterruptedException {
    return send("GET", path, null, headers);
  }

  /** The error code of an answer. */
  public static String code(HttpResponse<byte[]> response) {
    return json(response).path("errors").path(0).path("code").asString("");
  }

  /** An answer's tree. */
  public static JsonNode json(HttpResponse<byte[]> response) {
    return Json.MAPPER.readTree(response.body());
  }

  /** Pushes a blob in one request, and says its digest. */
  public Digest push(String repository, byte[] content) throws IOException, InterruptedException {
    Digest digest = Digest.of(Digest.SHA256, content);
    HttpResponse<byte[]> response =
        send("POST", "/v2/" + repository + "/blobs/uploads/?digest=" + digest, content);
    if (response.statusCode() != 201) {
      throw new IOException(response.statusCode() + " " + text(response));
    }
    return digest;
  }

  /** Pushes an image of some layers, and says its digest. */
  public Digest pushImage(String repository, String tag, byte[]... layers)
      throws IOException, InterruptedException {
    byte[] config =
        ("{\"of\":\"" + repository + ":" + tag + "\"}").getBytes(StandardCharsets.UTF_8);
    push(repository, config);
    for (byte[] layer : layers) {
      push(repository, layer);
    }
    byte[] manifest = manifest(config, layers);
    HttpResponse<byte[]> response = putManifest(repository, tag, manifest);
    if (response.statusCode() != 201) {
      throw new IOException(response.statusCode() + " " + text(response));
    }
    return Digest.of(Digest.SHA256, manifest);
  }

  /** Puts an OCI manifest. */
  public HttpResponse<byte[]> putManifest(String repository, String reference, byte[] manifest)
      throws IOException, InterruptedException {
    return send(
        "PUT",
        "/v2/" + repository + "/manifests/" + reference,
        manifest,
        "Content-Type",
        ManifestDocument.OCI_MANIFEST);
  }

  /** The manifest of an image. */
  public static byte[] manifest(byte[] config, byte[]... layers) {
    return Json.bytes(manifestTree(config, layers));
  }

  /** The manifest of an image, to be changed. */
  public static ObjectNode manifestTree(byte[] config, byte[]... layers) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("schemaVersion", 2).put("mediaType", ManifestDocument.OCI_MANIFEST);
    tree.set("config", descriptor("application/vnd.oci.image.config.v1+json", config));
    ArrayNode all = tree.putArray("layers");
    for (byte[] layer : layers) {
      all.add(descriptor("application/vnd.oci.image.layer.v1.tar", layer));
    }
    return tree;
  }

  /** A descriptor of some bytes. */
  public static ObjectNode descriptor(String mediaType, byte[] content) {
    return Json.MAPPER
        .createObjectNode()
        .put("mediaType", mediaType)
        .put("digest", Digest.of(Digest.SHA256, content).toString())
        .put("size", content.length);
  }

  /** An answer's text. */
  public static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    server.close();
    mirror.ifPresent(Mirror::close);
    storage.close();
    client.close();
  }
}
