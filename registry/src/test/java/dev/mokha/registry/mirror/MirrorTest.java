package dev.mokha.registry.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mokha.client.metrics.Exposition;
import dev.mokha.registry.TestRegistry;
import dev.mokha.registry.metrics.RegistryMetrics;
import dev.mokha.registry.storage.Digest;
import dev.mokha.registry.storage.RegistryStorage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mirroring of registries that behave, and of some that don't. */
class MirrorTest {
  @TempDir private Path directory;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private volatile Instant now = Instant.now();
  private RegistryStorage cache;
  private final RegistryMetrics metrics = new RegistryMetrics();
  private Mirror mirror;

  @AfterEach
  void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private TestRegistry upstream() throws IOException {
    return opened(TestRegistry.open(directory.resolve("upstream" + open.size())));
  }

  private static URI at(TestRegistry registry) {
    return URI.create("http://" + registry.host());
  }

  private static URI nowhere() throws IOException {
    try (java.net.ServerSocket socket =
        new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
  }

  /** A mirror for the host of the last source, which is therefore its origin. */
  private TestRegistry mirror(URI... sources) throws IOException {
    return mirror(Arrays.stream(sources).map(MirrorConfig.Source::of).toList());
  }

  private TestRegistry mirror(List<MirrorConfig.Source> sources) throws IOException {
    MirrorConfig config =
        new MirrorConfig(
            Map.of(host(sources), sources),
            1 << 20,
            Duration.ofDays(1),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1));
    cache = opened(RegistryStorage.open(directory.resolve("cache"), () -> now));
    mirror = new Mirror(config, cache, () -> now, metrics);
    return opened(
        TestRegistry.mirror(RegistryStorage.open(directory.resolve("own"), () -> now), mirror));
  }

  private static String host(List<MirrorConfig.Source> sources) {
    return sources.getLast().base().getAuthority();
  }

  private static String ns(URI origin) {
    return "?ns=" + origin.getAuthority();
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  @Test
  void tagListsGoOnPageByPage() throws Exception {
    TestRegistry upstream = TestRegistry.open(directory.resolve("u"));
    for (String tag : List.of("a", "b", "c", "d", "e")) {
      upstream.pushImage("library/app", tag);
    }
    String ns = ns(at(upstream));
    TestRegistry mirrored = mirror(at(upstream));
    List<String> pages = new ArrayList<>();
    String next = "/v2/library/app/tags/list?n=2&" + ns.substring(1);
    while (!next.isEmpty()) {
      HttpResponse<byte[]> page = mirrored.get(next);
      assertThat(page.statusCode()).isEqualTo(200);
      pages.add(TestRegistry.json(page).path("tags").toString());
      next = header(page, "Link").replaceFirst("^<(.*)>; rel=\"next\"$", "$1");
    }
    assertThat(pages).containsExactly("[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"e\"]");
    for (String tag : List.of("a", "b", "c")) {
      mirrored.get("/v2/library/app/manifests/" + tag + ns);
    }
    upstream.close();
    HttpResponse<byte[]> kept = mirrored.get("/v2/library/app/tags/list" + ns + "&n=2");
    assertThat(header(kept, "Warning")).startsWith("110 ");
    assertThat(TestRegistry.json(kept).path("tags").toString()).isEqualTo("[\"a\",\"b\"]");
    String rest = header(kept, "Link").replaceFirst("^<(.*)>; rel=\"next\"$", "$1");
    assertThat(TestRegistry.json(mirrored.get(rest)).path("tags").toString()).isEqualTo("[\"c\"]");
  }

  /** Cursors are the upstream's own business. */
  @Test
  void anUpstreamsOwnCursorIsHandedBackToIt() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
    opened(() -> server.stop(0));
    List<String> asked = new ArrayList<>();
    server.createContext(
        "/",
        exchange -> {
          asked.add(String.valueOf(exchange.getRequestURI().getRawQuery()));
          boolean first = asked.size() == 1;
          if (first) {
            exchange
                .getResponseHeaders()
                .add("Link", "<https://else.example/x?next_page=gAB%3D%3D&n=1>; rel=\"next\"");
          }
          byte[] body = (first ? "{\"tags\":[\"1\"]}" : "{\"tags\":[\"2\"]}").getBytes();
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    URI origin = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    TestRegistry mirrored = mirror(origin);
    HttpResponse<byte[]> page = mirrored.get("/v2/x/y/tags/list" + ns(origin) + "&n=1");
    String next = header(page, "Link").replaceFirst("^<(.*)>; rel=\"next\"$", "$1");
    assertThat(next).startsWith("/v2/x/y/tags/list?next_page=gAB%3D%3D&n=1&ns=");
    assertThat(TestRegistry.text(mirrored.get(next))).contains("\"2\"");
    assertThat(asked).containsExactly("n=1", "next_page=gAB%3D%3D&n=1");
  }

  @Test
  void hitsAndMissesAreCounted() throws Exception {
    TestRegistry upstream = TestRegistry.open(directory.resolve("u"));
    byte[] layer = bytes(1000);
    upstream.pushImage("library/app", "v1", layer);
    Digest blob = Digest.of(Digest.SHA256, layer);
    String ns = ns(at(upstream));
    TestRegistry mirrored = mirror(at(upstream));
    for (int i = 0; i < 3; i++) {
      mirrored.get("/v2/library/app/manifests/v1" + ns);
      mirrored.get("/v2/library/app/blobs/" + blob + ns);
    }
    now = now.plusSeconds(60);
    mirrored.get("/v2/library/app/manifests/v1" + ns);
    upstream.close();
    now = now.plusSeconds(60);
    mirrored.get("/v2/library/app/manifests/v1" + ns);
    Exposition figures = new Exposition();
    metrics.write(figures);
    assertThat(figures.toString().lines())
        .contains(
            "mokha_registry_mirror_requests_total{content=\"manifest\",result=\"miss\"} 1",
            "mokha_registry_mirror_requests_total{content=\"manifest\",result=\"hit\"} 2",
            "mokha_registry_mirror_requests_total{content=\"manifest\",result=\"confirmed\"} 1",
            "mokha_registry_mirror_requests_total{content=\"manifest\",result=\"stale\"} 1",
            "mokha_registry_mirror_requests_total{content=\"blob\",result=\"miss\"} 1",
            "mokha_registry_mirror_requests_total{content=\"blob\",result=\"hit\"} 2",
            "mokha_registry_upstream_failures_total 1");
  }

  @Test
  void whatWasPulledOnceIsThereWhenTheUpstreamIsGone() throws Exception {
    TestRegistry upstream = TestRegistry.open(directory.resolve("u"));
    byte[] layer = bytes(500_000);
    Digest image = upstream.pushImage("library/app", "v1", layer);
    Digest blob = Digest.of(Digest.SHA256, layer);
    String ns = ns(at(upstream));
    TestRegistry mirrored = mirror(at(upstream));
    HttpResponse<byte[]> manifest = mirrored.get("/v2/library/app/manifests/v1" + ns);
    assertThat(header(manifest, "Docker-Content-Digest")).isEqualTo(image.toString());
    assertThat(header(manifest, "OCI-Namespace")).isEqualTo(upstream.host());
    assertThat(header(manifest, "Warning")).isEmpty();
    assertThat(mirrored.send("HEAD", "/v2/library/app/blobs/" + blob + ns, null).statusCode())
        .isEqualTo(200);
    assertThat(mirrored.get("/v2/library/app/blobs/" + blob + ns).body()).isEqualTo(layer);
    upstream.close();
    now = now.plusSeconds(60);
    HttpResponse<byte[]> stale = mirrored.get("/v2/library/app/manifests/v1" + ns);
    assertThat(stale.statusCode()).isEqualTo(200);
    assertThat(header(stale, "Warning")).startsWith("110 ");
    assertThat(mirrored.get("/v2/library/app/blobs/" + blob + ns).body()).isEqualTo(layer);
    HttpResponse<byte[]> part =
        mirrored.get("/v2/library/app/blobs/" + blob + ns, "Range", "bytes=10-19");
    assertThat(part.body()).isEqualTo(Arrays.copyOfRange(layer, 10, 20));
    assertThat(mirrored.get("/v2/library/other/manifests/v1" + ns).statusCode()).isEqualTo(503);
    assertThat(TestRegistry.json(mirrored.get("/v2/library/app/tags/list" + ns)).path("tags"))
        .hasSize(1);
  }

  @Test
  void aTagThatMovesIsSeenAndOnlyThenFetchedAgain() throws Exception {
    TestRegistry upstream = upstream();
    Digest one = upstream.pushImage("app", "v1", bytes(1));
    TestRegistry mirrored = mirror(at(upstream));
    String path = "/v2/app/manifests/v1" + ns(at(upstream));
    assertThat(header(mirrored.get(path), "Docker-Content-Digest")).isEqualTo(one.toString());
    Digest two = upstream.pushImage("app", "v1", bytes(2));
    assertThat(header(mirrored.get(path), "Docker-Content-Digest")).isEqualTo(one.toString());
    now = now.plusSeconds(30);
    assertThat(header(mirrored.get(path), "Docker-Content-Digest")).isEqualTo(two.toString());
    upstream.send("DELETE", "/v2/app/manifests/v1", null);
    now = now.plusSeconds(30);
    assertThat(mirrored.get(path).statusCode()).isEqualTo(404);
    assertThat(mirrored.get("/v2/app/manifests/" + two + ns(at(upstream))).statusCode())
        .isEqualTo(200);
  }

  @Test
  void theNextUpstreamHelpsAndTheDeadOneIsLeftAlone() throws Exception {
    TestRegistry upstream = upstream();
    byte[] layer = bytes(1000);
    upstream.pushImage("app", "v1", layer);
    TestRegistry mirrored = mirror(nowhere(), at(upstream));
    String ns = ns(at(upstream));
    assertThat(mirrored.get("/v2/app/manifests/v1" + ns).statusCode()).isEqualTo(200);
    assertThat(mirrored.get("/v2/app/blobs/" + Digest.of(Digest.SHA256, layer) + ns).body())
        .isEqualTo(layer);
  }

  @Test
  void mirroredRepositoriesCanBeNamedByTheirHostAndNotBePushedTo() throws Exception {
    TestRegistry upstream = upstream();
    upstream.pushImage("app", "v1", bytes(1));
    TestRegistry mirrored = mirror(at(upstream));
    String ns = ns(at(upstream));
    HttpResponse<byte[]> push = mirrored.send("POST", "/v2/app/blobs/uploads/" + ns, null);
    assertThat(push.statusCode()).isEqualTo(405);
    assertThat(mirrored.get("/v2/app/manifests/v1?ns=other.example").statusCode()).isEqualTo(404);
  }

  /** An upstream of one blob that behaves as the test says. */
  private URI evil(com.sun.net.httpserver.HttpHandler handler) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", handler);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    open.push(() -> server.stop(0));
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private static void answer(HttpExchange exchange, byte[] body) throws IOException {
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Test
  void manyWhoAskShareOneDownload() throws Exception {
    byte[] layer = bytes(700_000);
    AtomicInteger asked = new AtomicInteger();
    CountDownLatch all = new CountDownLatch(1);
    URI source =
        evil(
            exchange -> {
              asked.incrementAndGet();
              exchange.sendResponseHeaders(200, layer.length);
              exchange.getResponseBody().write(layer, 0, 300_000);
              exchange.getResponseBody().flush();
              try {
                all.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              exchange.getResponseBody().write(layer, 300_000, 400_000);
              exchange.close();
            });
    TestRegistry mirrored = mirror(source);
    String path = "/v2/app/blobs/" + Digest.of(Digest.SHA256, layer) + ns(source);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<HttpResponse<byte[]>>> answers = new ArrayList<>();
      CountDownLatch sent = new CountDownLatch(8);
      for (int i = 0; i < 8; i++) {
        answers.add(
            threads.submit(
                () -> {
                  sent.countDown();
                  return mirrored.get(path);
                }));
      }
      sent.await();
      all.countDown();
      for (Future<HttpResponse<byte[]>> answer : answers) {
        assertThat(answer.get().body()).isEqualTo(layer);
      }
    }
    assertThat(asked.get()).isEqualTo(1);
  }

  @Test
  void whatHasAnotherDigestReachesNobodyWholeAndIsNotKept() throws Exception {
    byte[] layer = bytes(300_000);
    byte[] other = layer.clone();
    other[299_999] ^= 1;
    URI source = evil(exchange -> answer(exchange, other));
    TestRegistry mirrored = mirror(source);
    Digest digest = Digest.of(Digest.SHA256, layer);
    String path = "/v2/app/blobs/" + digest + ns(source);
    assertThat(failsOrLacks(mirrored, path)).isTrue();
    assertThat(cache.blobs().size(digest)).isEmpty();
    HttpResponse<byte[]> manifest = mirrored.get("/v2/app/manifests/" + digest + ns(source));
    assertThat(manifest.statusCode()).isEqualTo(503);
  }

  /** Whether a client sees that it did not get the whole. */
  private static boolean failsOrLacks(TestRegistry registry, String path) throws Exception {
    try {
      return registry.get(path).statusCode() != 200;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void anotherUpstreamGoesOnWhereOneBrokeOff() throws Exception {
    byte[] layer = bytes(400_000);
    AtomicInteger from = new AtomicInteger(-1);
    URI breaking =
        evil(
            exchange -> {
              exchange.sendResponseHeaders(200, layer.length);
              exchange.getResponseBody().write(layer, 0, 150_000);
              exchange.close();
            });
    URI good =
        evil(
            exchange -> {
              String range = exchange.getRequestHeaders().getFirst("Range");
              int begin =
                  range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
              from.set(begin);
              byte[] rest = Arrays.copyOfRange(layer, begin, layer.length);
              exchange
                  .getResponseHeaders()
                  .add("Content-Range", "bytes " + begin + "-399999/400000");
              exchange.sendResponseHeaders(range == null ? 200 : 206, rest.length);
              exchange.getResponseBody().write(rest);
              exchange.close();
            });
    TestRegistry mirrored = mirror(breaking, good);
    String path = "/v2/app/blobs/" + Digest.of(Digest.SHA256, layer) + ns(good);
    assertThat(mirrored.get(path).body()).isEqualTo(layer);
    assertThat(from.get()).isPositive();
  }

  @Test
  void aStalledUpstreamIsGivenUp() throws Exception {
    byte[] layer = bytes(10_000);
    CountDownLatch never = new CountDownLatch(1);
    open.push(never::countDown);
    URI stalling =
        evil(
            exchange -> {
              exchange.sendResponseHeaders(200, layer.length);
              exchange.getResponseBody().write(layer, 0, 5000);
              exchange.getResponseBody().flush();
              try {
                never.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              exchange.close();
            });
    URI good = evil(exchange -> answer(exchange, layer));
    TestRegistry mirrored = mirror(stalling, good);
    String path = "/v2/app/blobs/" + Digest.of(Digest.SHA256, layer) + ns(good);
    assertThat(mirrored.get(path).body()).isEqualTo(layer);
    never.countDown();
  }

  @Test
  void anUpstreamsLoginIsAnswered() throws Exception {
    byte[] layer = bytes(100);
    String expected =
        "Basic " + Base64.getEncoder().encodeToString("me:secret".getBytes(StandardCharsets.UTF_8));
    URI[] self = new URI[1];
    self[0] =
        evil(
            exchange -> {
              String authorization = exchange.getRequestHeaders().getFirst("Authorization");
              if (exchange.getRequestURI().getPath().equals("/token")) {
                boolean right = expected.equals(authorization);
                answer(
                    exchange,
                    (right ? "{\"token\":\"good\"}" : "{}").getBytes(StandardCharsets.UTF_8));
              } else if ("Bearer good".equals(authorization)) {
                answer(exchange, layer);
              } else {
                exchange
                    .getResponseHeaders()
                    .add(
                        "WWW-Authenticate",
                        "Bearer realm=\"" + self[0] + "/token\",service=\"test\"");
                exchange.sendResponseHeaders(401, -1);
                exchange.close();
              }
            });
    MirrorConfig.Source source =
        new MirrorConfig.Source(self[0], Optional.of(new MirrorConfig.Login("me", "secret")));
    TestRegistry mirrored = mirror(List.of(source));
    String path = "/v2/app/blobs/" + Digest.of(Digest.SHA256, layer) + ns(self[0]);
    assertThat(mirrored.get(path).body()).isEqualTo(layer);
  }

  @Test
  void theLeastRecentlyUsedGoesFirst() throws Exception {
    TestRegistry upstream = upstream();
    byte[] old = bytes(600_000);
    byte[] young = bytes(600_001);
    upstream.push("app", old);
    upstream.push("app", young);
    TestRegistry mirrored = mirror(at(upstream));
    Digest first = Digest.of(Digest.SHA256, old);
    Digest second = Digest.of(Digest.SHA256, young);
    String ns = ns(at(upstream));
    mirrored.get("/v2/app/blobs/" + first + ns);
    now = now.plusSeconds(10);
    mirrored.get("/v2/app/blobs/" + second + ns);
    now = now.plusSeconds(10);
    mirrored.get("/v2/app/blobs/" + first + ns);
    assertThat(mirror.evict()).isEqualTo(600_001);
    assertThat(cache.blobs().size(first)).isPresent();
    // It is brought again when it is wanted again.
    assertThat(mirrored.get("/v2/app/blobs/" + second + ns).body()).isEqualTo(young);
    now = now.plus(Duration.ofDays(2));
    assertThat(mirror.evict()).isEqualTo(1_200_001);
  }
}
