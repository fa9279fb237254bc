package dev.mokha.engine.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mokha.engine.content.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A registry that can be told to misbehave. */
final class FakeRegistry implements AutoCloseable {
  final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  final Map<String, byte[]> manifests = new ConcurrentHashMap<>();
  final List<String> requests = new CopyOnWriteArrayList<>();

  /** Empty for none; else {@code user:password} that the token server wants. */
  volatile String login = "";

  /** After so many bytes of a blob the connection breaks, once for each range; 0 for never. */
  volatile int breakAfter;

  /** What every request is answered with; 0 for what is right. */
  volatile int status;

  private final HttpServer server;

  FakeRegistry() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** Puts an image of one layer in; the digest of its manifest. */
  Digest put(String tag, byte[] config, byte[] layer) {
    blobs.put(Digest.of(config).toString(), config);
    blobs.put(Digest.of(layer).toString(), layer);
    String manifest =
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
         "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},
         "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"%s","size":%d}]}
        """
            .formatted(Digest.of(config), config.length, Digest.of(layer), layer.length);
    return putManifest(tag, manifest);
  }

  Digest putManifest(String tag, String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.of(bytes);
    manifests.put(digest.toString(), bytes);
    manifests.put(tag, bytes);
    return digest;
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String range = exchange.getRequestHeaders().getFirst("Range");
    requests.add(path + (range == null ? "" : " " + range));
    try (exchange) {
      if (path.equals("/token")) {
        token(exchange);
      } else if (status != 0) {
        exchange.sendResponseHeaders(status, -1);
      } else if (!login.isEmpty()
          && !"Bearer good".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        exchange
            .getResponseHeaders()
            .add(
                "WWW-Authenticate",
                "Bearer realm=\"http://"
                    + host()
                    + "/token\",service=\"fake\",scope=\"repository:team/app:pull\"");
        exchange.sendResponseHeaders(401, -1);
      } else {
        serve(exchange, path, range);
      }
    }
  }

  private void token(HttpExchange exchange) throws IOException {
    String expected =
        "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
    boolean good =
        expected.equals(exchange.getRequestHeaders().getFirst("Authorization"))
            && exchange.getRequestURI().getQuery().contains("scope=repository:team/app:pull");
    byte[] body = "{\"token\":\"good\"}".getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(good ? 200 : 401, good ? body.length : -1);
    if (good) {
      exchange.getResponseBody().write(body);
    }
  }

  private void serve(HttpExchange exchange, String path, String range) throws IOException {
    String name = path.substring(path.lastIndexOf('/') + 1);
    boolean blob = path.contains("/blobs/");
    byte[] bytes = (blob ? blobs : manifests).get(name);
    if (bytes == null) {
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    int from = 0;
    if (range != null) {
      from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-.*", "$1"));
      exchange
          .getResponseHeaders()
          .add("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
    }
    exchange.sendResponseHeaders(range == null ? 200 : 206, bytes.length - from);
    int length = bytes.length - from;
    if (blob && breakAfter > 0 && length > breakAfter) {
      exchange.getResponseBody().write(bytes, from, breakAfter);
      exchange.getResponseBody().flush();
      throw new IOException("broken on purpose");
    }
    exchange.getResponseBody().write(bytes, from, length);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
