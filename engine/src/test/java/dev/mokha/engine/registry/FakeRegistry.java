package dev.mokha.engine.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mokha.engine.content.Digest;
import java.io.ByteArrayOutputStream;
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
import java.util.concurrent.atomic.AtomicInteger;

/** A registry that can be told to misbehave. */
public final class FakeRegistry implements AutoCloseable {
  public final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  final Map<String, byte[]> manifests = new ConcurrentHashMap<>();
  final Map<String, byte[]> referrers = new ConcurrentHashMap<>();
  final List<String> requests = new CopyOnWriteArrayList<>();

  /** Empty for none; else {@code user:password} that the token server wants. */
  volatile String login = "";

  /** After so many bytes of a blob the connection breaks, once for each range; 0 for never. */
  volatile int breakAfter;

  /** What every request is answered with; 0 for what is right. */
  volatile int status;

  /** After so many bytes of an upload the connection breaks, once; 0 for never. */
  volatile int breakUploadAfter;

  /** Repositories that blobs can be mounted from. */
  final List<String> mountable = new CopyOnWriteArrayList<>();

  private final Map<String, ByteArrayOutputStream> uploads = new ConcurrentHashMap<>();
  private final AtomicInteger sequence = new AtomicInteger();
  private final HttpServer server;

  public FakeRegistry() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  public String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** Puts an image of one layer in; the digest of its manifest. */
  public Digest put(String tag, byte[] config, byte[] layer) {
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

  public Digest putManifest(String tag, String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.of(bytes);
    manifests.put(digest.toString(), bytes);
    manifests.put(tag, bytes);
    return digest;
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String range = exchange.getRequestHeaders().getFirst("Range");
    String method = exchange.getRequestMethod();
    requests.add(
        (method.equals("GET") ? "" : method + " ") + path + (range == null ? "" : " " + range));
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
      } else if (method.equals("GET") && !path.contains("/uploads/")) {
        serve(exchange, path, range);
      } else {
        take(exchange, method, path);
      }
    }
  }

  /** The side of the distribution API that writes. */
  private void take(HttpExchange exchange, String method, String path) throws IOException {
    String name = path.substring(path.lastIndexOf('/') + 1);
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    boolean upload = path.contains("/uploads/");
    switch (method) {
      case "HEAD" ->
          exchange.sendResponseHeaders(
              (path.contains("/blobs/") ? blobs : manifests).containsKey(name) ? 200 : 404, -1);
      case "POST" -> {
        if (mountable.stream().anyMatch(from -> query.endsWith("from=" + from))) {
          exchange.sendResponseHeaders(201, -1);
          return;
        }
        String id = Integer.toString(sequence.incrementAndGet());
        uploads.put(id, new ByteArrayOutputStream());
        answer(exchange, 202, path + id, 0);
      }
      case "PATCH" -> {
        ByteArrayOutputStream bytes = uploads.get(name);
        int breakAt = breakUploadAfter;
        if (breakAt > 0) {
          breakUploadAfter = 0;
          bytes.writeBytes(exchange.getRequestBody().readNBytes(breakAt));
          throw new IOException("broken on purpose");
        }
        bytes.writeBytes(exchange.getRequestBody().readAllBytes());
        answer(exchange, 202, path, bytes.size());
      }
      case "GET" -> answer(exchange, uploads.containsKey(name) ? 204 : 404, path, size(name));
      case "PUT" -> {
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (!upload) {
          manifests.put(name, body);
          manifests.put(Digest.of(body).toString(), body);
          exchange.sendResponseHeaders(201, -1);
          return;
        }
        ByteArrayOutputStream bytes = uploads.remove(name);
        bytes.writeBytes(body);
        String digest = query.replaceAll(".*digest=", "");
        boolean right = Digest.of(bytes.toByteArray()).toString().equals(digest);
        if (right) {
          blobs.put(digest, bytes.toByteArray());
        }
        exchange.sendResponseHeaders(right ? 201 : 400, -1);
      }
      default -> {
        uploads.remove(name);
        exchange.sendResponseHeaders(204, -1);
      }
    }
  }

  private int size(String upload) {
    ByteArrayOutputStream bytes = uploads.get(upload);
    return bytes == null ? 0 : bytes.size();
  }

  private static void answer(HttpExchange exchange, int status, String location, int size)
      throws IOException {
    exchange.getResponseHeaders().add("Location", location);
    exchange.getResponseHeaders().add("Range", "0-" + Math.max(0, size - 1));
    exchange.sendResponseHeaders(status, -1);
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
    byte[] bytes = (blob ? blobs : path.contains("/referrers/") ? referrers : manifests).get(name);
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
