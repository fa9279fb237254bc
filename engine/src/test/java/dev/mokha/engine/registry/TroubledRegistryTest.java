package dev.mokha.engine.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.content.MediaTypes;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.images.Reference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Registries that stall, lie, break off or are busy, in each place: whoever pulls or pushes learns
 * of it in bounded time and in a sentence, or it goes well at last; and no connection stays.
 */
@Timeout(60)
class TroubledRegistryTest {
  private static final Duration PATIENCE = Duration.ofMillis(500);

  @TempDir private Path directory;
  private RawServer server;
  private final byte[] config = "{\"rootfs\":{\"diff_ids\":[]}}".getBytes(StandardCharsets.UTF_8);
  private byte[] layer = new byte[2 << 20];
  private byte[] manifest;
  private final AtomicInteger asked = new AtomicInteger();

  /** Where a registry misbehaves. */
  enum Place {
    MANIFEST,
    BLOB,
    TOKEN
  }

  @BeforeEach
  void image() {
    image(2 << 20);
  }

  private void image(int size) {
    layer = new byte[size];
    new Random(5).nextBytes(layer);
    manifest =
        Manifest.write(
            Digest.of(config),
            config.length,
            List.of(Descriptor.of(MediaTypes.OCI_LAYER, Digest.of(layer), layer.length)));
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
  }

  // --- Pulls ---

  private static boolean is(RawServer.Request request, Place place) {
    return switch (place) {
      case MANIFEST -> request.path.contains("/manifests/");
      case BLOB -> request.path.contains("/blobs/");
      case TOKEN -> request.path.startsWith("/token");
    };
  }

  /** A registry that is right but in one place; with tokens if that is where. */
  private void registry(Place place, RawServer.Handler trouble) {
    server =
        new RawServer(
            request -> {
              if (is(request, place)) {
                trouble.handle(request);
              } else {
                right(request, place == Place.TOKEN);
              }
            });
  }

  private void right(RawServer.Request request, boolean login) throws IOException {
    if (request.path.startsWith("/token")) {
      request.answer(200, "", "{\"token\":\"good\"}".getBytes(StandardCharsets.UTF_8));
    } else if (login && !"Bearer good".equals(request.headers.get("Authorization"))) {
      request.answer(
          401, "WWW-Authenticate: Bearer realm=\"http://" + server.host() + "/token\"\r\n");
    } else if (request.path.contains("/manifests/")) {
      request.answer(200, "Content-Type: " + MediaTypes.OCI_MANIFEST + "\r\n", manifest);
    } else {
      byte[] blob = request.path.endsWith(Digest.of(config).hex()) ? config : layer;
      String range = request.headers.getOrDefault("Range", "bytes=0-");
      int from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
      if (from == 0) {
        request.answer(200, "", blob);
      } else {
        request.answer(
            206,
            "Content-Range: bytes " + from + "-" + (blob.length - 1) + "/" + blob.length + "\r\n",
            Arrays.copyOfRange(blob, from, blob.length));
      }
    }
  }

  private ImagePuller.Pulled pull() throws IOException {
    EngineConfig unused = new EngineConfig(directory, directory, "/unused", Map.of(), List.of());
    try (Leases.Lease lease = new Leases().take()) {
      return new ImagePuller(
              new Registries(unused, PATIENCE), new ContentStore(directory.resolve("content")))
          .pull(Reference.parse(server.host() + "/team/app:1"), PullOptions.DEFAULT, lease);
    }
  }

  private void arrives() throws IOException {
    assertThat(pull().manifest().digest()).isEqualTo(Digest.of(manifest));
    ContentStore content = new ContentStore(directory.resolve("content"));
    assertThat(content.size(Digest.of(layer))).isEqualTo(layer.length);
  }

  private void fails(EngineException.Code code, String said) throws InterruptedException {
    assertThatThrownBy(this::pull)
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code))
        .hasMessageContaining(said);
    nothingStays();
  }

  /** What was given up is closed: a stalled connection must not wait for its other side. */
  private void nothingStays() throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    // One that ended well may be kept for the next request.
    while (server.connections() > 4 && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }
    assertThat(server.connections()).isLessThanOrEqualTo(4);
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void aHeadThatNeverComes(Place place) throws Exception {
    registry(place, RawServer.Request::stall);
    fails(EngineException.Code.UNAVAILABLE, "");
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void aBodyThatStalls(Place place) throws Exception {
    registry(
        place,
        request -> {
          request.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a");
          request.stall();
        });
    fails(EngineException.Code.UNAVAILABLE, "nothing came for");
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void aBodyThatEndsEarly(Place place) throws Exception {
    registry(
        place,
        request -> {
          request.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a");
          request.cut();
        });
    fails(EngineException.Code.UNAVAILABLE, "");
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void headersWithoutEnd(Place place) throws Exception {
    String header = "X-Large: " + "x".repeat(64 << 10) + "\r\n";
    registry(
        place,
        request -> {
          request.raw("HTTP/1.1 200 OK\r\n");
          for (int i = 0; i < 1000; i++) {
            request.raw(header);
          }
          request.cut();
        });
    fails(EngineException.Code.UNAVAILABLE, "");
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void aServerThatFailsAtFirst(Place place) throws Exception {
    registry(
        place,
        request -> {
          if (asked.incrementAndGet() == 1) {
            request.answer(502, "");
          } else {
            right(request, place == Place.TOKEN);
          }
        });
    arrives();
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void aServerThatAlwaysFails(Place place) throws Exception {
    registry(place, request -> request.answer(500, ""));
    fails(EngineException.Code.UNAVAILABLE, "answers 500");
  }

  @Test
  void aBusyServerIsWaitedForAsItAsks() throws Exception {
    registry(
        Place.MANIFEST,
        request -> {
          if (asked.incrementAndGet() == 1) {
            request.answer(429, "Retry-After: 1\r\n");
          } else {
            right(request, false);
          }
        });
    long start = System.nanoTime();
    arrives();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(1));
    assertThat(asked).hasValue(2);
  }

  @Test
  void aServerThatAsksForAnHourIsNotWaitedFor() throws Exception {
    registry(Place.MANIFEST, request -> request.answer(429, "Retry-After: 3600\r\n"));
    fails(EngineException.Code.UNAVAILABLE, "it asks to wait 3600 s");
  }

  @ParameterizedTest
  @EnumSource(names = {"MANIFEST", "BLOB"})
  void redirectsInACircle(Place place) throws Exception {
    registry(place, request -> request.answer(307, "Location: " + request.path + "\r\n"));
    fails(EngineException.Code.UNAVAILABLE, "redirects without end");
  }

  @ParameterizedTest
  @EnumSource(names = {"MANIFEST", "BLOB"})
  void aRedirectThatIsNoAddress(Place place) throws Exception {
    registry(place, request -> request.answer(307, "Location: ftp://else where/%%\r\n"));
    fails(EngineException.Code.UNAVAILABLE, "can't be used");
  }

  @Test
  void loginsInACircle() throws Exception {
    server =
        new RawServer(
            request -> {
              asked.incrementAndGet();
              if (request.path.startsWith("/token")) {
                request.answer(200, "", "{\"token\":\"bad\"}".getBytes(StandardCharsets.UTF_8));
              } else {
                request.answer(
                    401,
                    "WWW-Authenticate: Bearer realm=\"http://" + server.host() + "/token\"\r\n");
              }
            });
    fails(EngineException.Code.UNAUTHORIZED, "log in first");
    assertThat(asked.get()).isLessThan(10);
  }

  @Test
  void aTokenThatIsNoHeader() throws Exception {
    registry(
        Place.TOKEN,
        request ->
            request.answer(
                200, "", "{\"token\":\"a\\r\\nX: y\"}".getBytes(StandardCharsets.UTF_8)));
    fails(EngineException.Code.UNAVAILABLE, "can't be used");
  }

  @Test
  void aLayerOfAnotherDigest() throws Exception {
    byte[] lie = layer.clone();
    lie[77] ^= 1;
    registry(
        Place.BLOB,
        request ->
            request.answer(200, "", request.path.endsWith(Digest.of(config).hex()) ? config : lie));
    fails(EngineException.Code.CORRUPT, Digest.of(layer).toString());
    ContentStore content = new ContentStore(directory.resolve("content"));
    assertThat(content.contains(Digest.of(layer))).isFalse();
  }

  @Test
  void aManifestOfAnotherDigest() throws Exception {
    registry(
        Place.MANIFEST,
        request ->
            request.answer(
                200,
                "Content-Type: "
                    + MediaTypes.OCI_MANIFEST
                    + "\r\nDocker-Content-Digest: "
                    + Digest.of("else")
                    + "\r\n",
                manifest));
    fails(EngineException.Code.CORRUPT, "sends a manifest of digest");
  }

  @Test
  void aLayerThatIsLongerThanItsManifestSays() throws Exception {
    registry(
        Place.BLOB, request -> request.answer(200, "", Arrays.copyOf(layer, layer.length + 5)));
    fails(EngineException.Code.CORRUPT, "than the");
  }

  /** It goes on, each time, but not for ever. */
  @Test
  void aLayerThatComesInTooManyPieces() throws Exception {
    registry(
        Place.BLOB,
        request -> {
          if (request.path.endsWith(Digest.of(config).hex())) {
            right(request, false);
            return;
          }
          asked.incrementAndGet();
          String range = request.headers.getOrDefault("Range", "bytes=0-");
          int from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
          String head =
              from == 0
                  ? "HTTP/1.1 200 OK\r\n"
                  : "HTTP/1.1 206 Partial\r\nContent-Range: bytes %d-%d/%d\r\n"
                      .formatted(from, layer.length - 1, layer.length);
          request.raw(head + "Content-Length: " + (layer.length - from) + "\r\n\r\n");
          request.raw(new byte[] {layer[from]});
          request.cut();
        });
    fails(EngineException.Code.UNAVAILABLE, "broke");
    assertThat(asked.get()).isLessThanOrEqualTo(50);
  }

  // --- Pushes ---

  private void push() throws IOException {
    ContentStore content = new ContentStore(directory.resolve("content"));
    content.write(layer);
    content.write(config);
    content.write(manifest);
    EngineConfig unused = new EngineConfig(directory, directory, "/unused", Map.of(), List.of());
    new ImagePusher(new Registries(unused, PATIENCE), content)
        .push(
            Reference.parse(server.host() + "/team/app:1"),
            new ImagePusher.Request(
                Descriptor.of(MediaTypes.OCI_MANIFEST, Digest.of(manifest), manifest.length),
                List.of("layer"),
                Set.of()),
            PullOptions.DEFAULT);
  }

  private void pushFails(String said) throws InterruptedException {
    assertThatThrownBy(this::push)
        .isInstanceOfSatisfying(
            EngineException.class,
            e ->
                assertThat(e.code())
                    .as(e.getMessage())
                    .isIn(EngineException.Code.UNAVAILABLE, EngineException.Code.CORRUPT))
        .hasMessageContaining(said);
    nothingStays();
  }

  /** One that takes everything but what a method is troubled with. */
  private void taking(String method, RawServer.Handler trouble) {
    server =
        new RawServer(
            request -> {
              if (request.method.equals(method)) {
                trouble.handle(request);
              } else {
                take(request);
              }
            });
  }

  private static void take(RawServer.Request request) throws IOException {
    switch (request.method) {
      case "HEAD" -> request.answer(404, "");
      case "POST", "PATCH" -> request.answer(202, "Location: /v2/team/app/blobs/uploads/1\r\n");
      case "PUT" -> request.answer(201, "");
      default -> request.answer(204, "");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HEAD", "POST", "PATCH", "PUT"})
  void whoSaysNothingIsGivenUp(String method) throws Exception {
    taking(method, RawServer.Request::stall);
    pushFails("no answer for");
  }

  /** The watchdog: some was taken, then nothing more. */
  @Test
  void whoTakesNoMoreIsGivenUp() throws Exception {
    taking(
        "PATCH",
        request -> {
          request.in(1 << 19);
          request.stall();
        });
    pushFails("no answer for");
  }

  /** Slow is not silent: as long as bytes are taken nobody is given up. */
  @Test
  void whoTakesSlowlyIsWaitedFor() throws Exception {
    // Much more than the sockets' buffers take at once, which would look like silence afterwards.
    image(32 << 20);
    taking(
        "PATCH",
        request -> {
          for (int i = 0; i < 8; i++) {
            Thread.sleep(PATIENCE.toMillis() * 3 / 10);
            request.in(layer.length / 8);
          }
          take(request);
        });
    push();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HEAD", "POST", "PATCH", "PUT"})
  void whoFailsOnceIsAskedAgain(String method) throws Exception {
    taking(
        method,
        request -> {
          if (asked.incrementAndGet() == 1) {
            request.answer(503, "Retry-After: 0\r\n");
          } else {
            take(request);
          }
        });
    push();
    assertThat(server.requests.getLast()).isEqualTo("PUT /v2/team/app/manifests/1");
  }

  @Test
  void aManifestThatIsRefusedAtFirstIsSentAgain() throws Exception {
    taking(
        "PUT",
        request -> {
          if (request.path.contains("/manifests/") && asked.incrementAndGet() == 1) {
            request.answer(500, "");
          } else {
            take(request);
          }
        });
    push();
    assertThat(asked).hasValue(2);
  }

  @Test
  void whoAlwaysFailsIsSaid() throws Exception {
    taking("PUT", request -> request.answer(500, ""));
    pushFails("answers 500");
  }

  @Test
  void whoCutsIsAskedAgainAndSaid() throws Exception {
    taking("PATCH", RawServer.Request::cut);
    pushFails("can't be reached");
  }

  @Test
  void anUploadWithoutAPlace() throws Exception {
    taking("POST", request -> request.answer(202, ""));
    pushFails("names no upload");
  }

  @Test
  void anUploadAtNoAddress() throws Exception {
    taking("POST", request -> request.answer(202, "Location: http://a b/%%\r\n"));
    pushFails("names an upload that is no address");
  }

  @Test
  void aManifestKeptUnderAnotherDigest() throws Exception {
    taking(
        "PUT",
        request ->
            request.answer(201, "Docker-Content-Digest: " + Digest.of("something else") + "\r\n"));
    pushFails("keeps the manifest as");
  }
}
