package dev.mokha.registry.http;

import static dev.mokha.registry.TestRegistry.code;
import static dev.mokha.registry.TestRegistry.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import dev.mokha.registry.TestRegistry;
import dev.mokha.registry.access.AccessControl;
import dev.mokha.registry.storage.Digest;
import dev.mokha.registry.storage.ManifestDocument;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The distribution spec, section by section. */
class DistributionTest {
  @TempDir private Path directory;
  private TestRegistry registry;

  @BeforeEach
  void open() throws Exception {
    registry = TestRegistry.open(directory.resolve("r"));
  }

  @AfterEach
  void close() throws Exception {
    registry.close();
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private String begin(String repository) throws Exception {
    HttpResponse<byte[]> response =
        registry.send("POST", "/v2/" + repository + "/blobs/uploads/", null);
    assertThat(response.statusCode()).isEqualTo(202);
    return header(response, "Location");
  }

  @Test
  void aBlobIsReadWholeAndInPart() throws Exception {
    byte[] content = bytes(300_000);
    Digest digest = registry.push("team/app", content);
    String path = "/v2/team/app/blobs/" + digest;
    HttpResponse<byte[]> whole = registry.get(path);
    assertThat(whole.body()).isEqualTo(content);
    assertThat(header(whole, "Docker-Content-Digest")).isEqualTo(digest.toString());
    HttpResponse<byte[]> part = registry.get(path, "Range", "bytes=1000-1999");
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).isEqualTo(Arrays.copyOfRange(content, 1000, 2000));
    assertThat(header(part, "Content-Range")).isEqualTo("bytes 1000-1999/300000");
    HttpResponse<byte[]> end = registry.get(path, "Range", "bytes=-10");
    assertThat(end.body()).isEqualTo(Arrays.copyOfRange(content, 299_990, 300_000));
    HttpResponse<byte[]> beyond = registry.get(path, "Range", "bytes=300000-");
    assertThat(beyond.statusCode()).isEqualTo(416);
    assertThat(header(beyond, "Content-Range")).isEqualTo("bytes */300000");
    assertThat(registry.get(path, "Range", "bytes=0-1", "If-Range", "\"other\"").statusCode())
        .isEqualTo(200);
    assertThat(registry.get(path, "If-None-Match", header(whole, "ETag")).statusCode())
        .isEqualTo(304);
    HttpResponse<byte[]> head = registry.send("HEAD", path, null);
    assertThat(header(head, "Content-Length")).isEqualTo("300000");
    assertThat(code(registry.get("/v2/other/blobs/" + digest))).isEqualTo("BLOB_UNKNOWN");
  }

  @Test
  void chunksComeInOrderAndCanBeResumed() throws Exception {
    byte[] content = bytes(5000);
    String location = begin("app");
    HttpResponse<byte[]> first =
        registry.send(
            "PATCH", location, Arrays.copyOfRange(content, 0, 2000), "Content-Range", "0-1999");
    assertThat(first.statusCode()).isEqualTo(202);
    assertThat(header(first, "Range")).isEqualTo("0-1999");
    HttpResponse<byte[]> gap =
        registry.send(
            "PATCH",
            location,
            Arrays.copyOfRange(content, 3000, 5000),
            "Content-Range",
            "3000-4999");
    assertThat(gap.statusCode()).isEqualTo(416);
    assertThat(header(gap, "Range")).isEqualTo("0-1999");
    HttpResponse<byte[]> wrongLength =
        registry.send("PATCH", location, new byte[10], "Content-Range", "2000-2999");
    assertThat(code(wrongLength)).isEqualTo("SIZE_INVALID");
    HttpResponse<byte[]> status = registry.get(location);
    assertThat(status.statusCode()).isEqualTo(204);
    assertThat(header(status, "Range")).isEqualTo("0-1999");
    Digest digest = Digest.of(Digest.SHA512, content);
    HttpResponse<byte[]> last =
        registry.send(
            "PUT",
            location + "?digest=" + digest,
            Arrays.copyOfRange(content, 2000, 5000),
            "Content-Range",
            "2000-4999");
    assertThat(last.statusCode()).isEqualTo(201);
    assertThat(registry.get(header(last, "Location")).body()).isEqualTo(content);
    assertThat(code(registry.get(location))).isEqualTo("BLOB_UPLOAD_UNKNOWN");
  }

  @Test
  void anUploadGoesOnAfterARestart() throws Exception {
    byte[] content = bytes(100_000);
    String location = begin("app");
    registry.send("PATCH", location, Arrays.copyOfRange(content, 0, 60_000));
    registry.close();
    registry = TestRegistry.open(directory.resolve("r"));
    assertThat(header(registry.get(location), "Range")).isEqualTo("0-59999");
    registry.send("PATCH", location, Arrays.copyOfRange(content, 60_000, 100_000));
    Digest digest = Digest.of(Digest.SHA256, content);
    assertThat(registry.send("PUT", location + "?digest=" + digest, null).statusCode())
        .isEqualTo(201);
    assertThat(registry.get("/v2/app/blobs/" + digest).body()).isEqualTo(content);
  }

  @Test
  void wrongDigestsAreNeverKept() throws Exception {
    Digest other = Digest.of(Digest.SHA256, bytes(3));
    HttpResponse<byte[]> post =
        registry.send("POST", "/v2/app/blobs/uploads/?digest=" + other, bytes(10));
    assertThat(code(post)).isEqualTo("DIGEST_INVALID");
    String location = begin("app");
    assertThat(code(registry.send("PUT", location + "?digest=" + other, bytes(10))))
        .isEqualTo("DIGEST_INVALID");
    assertThat(code(registry.send("PUT", begin("app") + "?digest=md5:abc", bytes(10))))
        .isEqualTo("DIGEST_INVALID");
    assertThat(registry.get("/v2/app/blobs/" + other).statusCode()).isEqualTo(404);
    byte[] manifest = TestRegistry.manifest(bytes(1));
    assertThat(code(registry.putManifest("app", other.toString(), manifest)))
        .isEqualTo("DIGEST_INVALID");
    assertThat(registry.storage().uploads().count()).isEqualTo(1);
  }

  @Test
  void blobsAreMountedFromOtherRepositories() throws Exception {
    Digest digest = registry.push("one", bytes(100));
    HttpResponse<byte[]> mount =
        registry.send("POST", "/v2/two/blobs/uploads/?mount=" + digest + "&from=one", null);
    assertThat(mount.statusCode()).isEqualTo(201);
    assertThat(registry.get("/v2/two/blobs/" + digest).statusCode()).isEqualTo(200);
    HttpResponse<byte[]> anonymous =
        registry.send("POST", "/v2/three/blobs/uploads/?mount=" + digest, null);
    assertThat(anonymous.statusCode()).isEqualTo(201);
    Digest unknown = Digest.of(Digest.SHA256, bytes(7));
    HttpResponse<byte[]> missing =
        registry.send("POST", "/v2/two/blobs/uploads/?mount=" + unknown + "&from=one", null);
    assertThat(missing.statusCode()).isEqualTo(202);
    assertThat(header(missing, "Location")).startsWith("/v2/two/blobs/uploads/");
  }

  @Test
  void anUploadCanBeCancelled() throws Exception {
    String location = begin("app");
    assertThat(registry.send("DELETE", location, null).statusCode()).isEqualTo(204);
    assertThat(code(registry.send("PATCH", location, bytes(5)))).isEqualTo("BLOB_UPLOAD_UNKNOWN");
  }

  @Test
  void aManifestNeedsItsBlobs() throws Exception {
    byte[] config = bytes(20);
    byte[] layer = bytes(50);
    registry.push("app", config);
    byte[] manifest = TestRegistry.manifest(config, layer);
    HttpResponse<byte[]> refused = registry.putManifest("app", "v1", manifest);
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(code(refused)).isEqualTo("MANIFEST_BLOB_UNKNOWN");
    assertThat(json(refused).path("errors").path(0).path("detail").asString())
        .isEqualTo(Digest.of(Digest.SHA256, layer).toString());
    registry.push("app", layer);
    HttpResponse<byte[]> taken = registry.putManifest("app", "v1", manifest);
    assertThat(taken.statusCode()).isEqualTo(201);
    HttpResponse<byte[]> read =
        registry.get("/v2/app/manifests/v1", "Accept", ManifestDocument.OCI_MANIFEST);
    assertThat(read.body()).isEqualTo(manifest);
    assertThat(header(read, "Content-Type")).isEqualTo(ManifestDocument.OCI_MANIFEST);
    assertThat(
            registry
                .get("/v2/app/manifests/v1", "Accept", ManifestDocument.DOCKER_MANIFEST)
                .statusCode())
        .isEqualTo(404);
    ObjectNode lying = TestRegistry.manifestTree(config, layer);
    ((ObjectNode) lying.path("layers").path(0)).put("size", 49);
    assertThat(code(registry.putManifest("app", "v2", Json.bytes(lying))))
        .isEqualTo("MANIFEST_INVALID");
  }

  @Test
  void manifestsThatAreNoneAreRefused() throws Exception {
    List<String> bad =
        List.of(
            "",
            "[]",
            "{",
            "{\"schemaVersion\":1}",
            "{\"schemaVersion\":2}",
            "{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:../../x\"},\"layers\":[]}",
            "{\"schemaVersion\":2,\"config\":{},\"config\":{}}",
            "{\"schemaVersion\":2,\"config\":{},\"layers\":[],\"manifests\":[]}",
            "[".repeat(100_000));
    for (String text : bad) {
      HttpResponse<byte[]> answer =
          registry.putManifest("app", "v1", text.getBytes(StandardCharsets.UTF_8));
      assertThat(code(answer))
          .as(text.substring(0, Math.min(50, text.length())))
          .isEqualTo("MANIFEST_INVALID");
    }
    byte[] huge = new byte[ManifestDocument.MAX_BYTES + 1];
    assertThat(registry.putManifest("app", "v1", huge).statusCode()).isEqualTo(413);
    assertThat(registry.storage().repositories("")).isEmpty();
  }

  @Test
  void tagsAndRepositoriesAreListedPageByPage() throws Exception {
    for (String tag : List.of("v1", "V2", "latest", "_x", "a.b")) {
      registry.pushImage("team/app", tag, bytes(5));
    }
    registry.pushImage("team-b", "v1", bytes(5));
    HttpResponse<byte[]> first = registry.get("/v2/team/app/tags/list?n=2");
    assertThat(json(first).path("tags").toString()).isEqualTo("[\"V2\",\"_x\"]");
    assertThat(header(first, "Link"))
        .isEqualTo("</v2/team/app/tags/list?n=2&last=_x>; rel=\"next\"");
    HttpResponse<byte[]> rest = registry.get("/v2/team/app/tags/list?n=9&last=_x");
    assertThat(json(rest).path("tags").toString()).isEqualTo("[\"a.b\",\"latest\",\"v1\"]");
    assertThat(header(rest, "Link")).isEmpty();
    assertThat(json(registry.get("/v2/team/app/tags/list?n=0")).path("tags")).isEmpty();
    assertThat(code(registry.get("/v2/team/app/tags/list?n=-1")))
        .isEqualTo("PAGINATION_NUMBER_INVALID");
    assertThat(code(registry.get("/v2/nothing/tags/list"))).isEqualTo("NAME_UNKNOWN");
    HttpResponse<byte[]> catalog = registry.get("/v2/_catalog?n=1");
    assertThat(json(catalog).path("repositories").toString()).isEqualTo("[\"team-b\"]");
    assertThat(header(catalog, "Link")).isEqualTo("</v2/_catalog?n=1&last=team-b>; rel=\"next\"");
    assertThat(json(registry.get("/v2/_catalog?last=team-b")).path("repositories").toString())
        .isEqualTo("[\"team/app\"]");
  }

  @Test
  void referrersAreListedAndFiltered() throws Exception {
    Digest subject = registry.pushImage("app", "v1", bytes(10));
    byte[] config = bytes(2);
    registry.push("app", config);
    ObjectNode signature = TestRegistry.manifestTree(config);
    signature.put("artifactType", "application/vnd.example.signature");
    signature.putObject("annotations").put("who", "me");
    signature
        .putObject("subject")
        .put("mediaType", ManifestDocument.OCI_MANIFEST)
        .put("digest", subject.toString())
        .put("size", 1);
    byte[] document = Json.bytes(signature);
    Digest digest = Digest.of(Digest.SHA256, document);
    HttpResponse<byte[]> put = registry.putManifest("app", digest.toString(), document);
    assertThat(header(put, "OCI-Subject")).isEqualTo(subject.toString());
    HttpResponse<byte[]> all = registry.get("/v2/app/referrers/" + subject);
    JsonNode found = json(all).path("manifests").path(0);
    assertThat(found.path("digest").asString()).isEqualTo(digest.toString());
    assertThat(found.path("artifactType").asString())
        .isEqualTo("application/vnd.example.signature");
    assertThat(found.path("annotations").path("who").asString()).isEqualTo("me");
    HttpResponse<byte[]> none =
        registry.get("/v2/app/referrers/" + subject + "?artifactType=application/other");
    assertThat(json(none).path("manifests")).isEmpty();
    assertThat(header(none, "OCI-Filters-Applied")).isEqualTo("artifactType");
    assertThat(registry.send("DELETE", "/v2/app/manifests/" + digest, null).statusCode())
        .isEqualTo(202);
    assertThat(json(registry.get("/v2/app/referrers/" + subject)).path("manifests")).isEmpty();
    assertThat(registry.get("/v2/app/referrers/nonsense").statusCode()).isEqualTo(400);
  }

  @Test
  void tagsManifestsAndBlobsAreDeleted() throws Exception {
    byte[] layer = bytes(10);
    Digest digest = registry.pushImage("app", "v1", layer);
    registry.pushImage("app", "v1", layer);
    assertThat(registry.send("DELETE", "/v2/app/manifests/v1", null).statusCode()).isEqualTo(202);
    assertThat(registry.get("/v2/app/manifests/v1").statusCode()).isEqualTo(404);
    assertThat(registry.get("/v2/app/manifests/" + digest).statusCode()).isEqualTo(200);
    registry.pushImage("app", "v1", layer);
    assertThat(registry.send("DELETE", "/v2/app/manifests/" + digest, null).statusCode())
        .isEqualTo(202);
    assertThat(json(registry.get("/v2/app/tags/list")).path("tags")).isEmpty();
    Digest blob = Digest.of(Digest.SHA256, layer);
    assertThat(registry.send("DELETE", "/v2/app/blobs/" + blob, null).statusCode()).isEqualTo(202);
    assertThat(code(registry.send("DELETE", "/v2/app/blobs/" + blob, null)))
        .isEqualTo("BLOB_UNKNOWN");
    HttpResponse<byte[]> wrong = registry.send("POST", "/v2/app/blobs/" + blob, null);
    assertThat(wrong.statusCode()).isEqualTo(405);
    assertThat(header(wrong, "Allow")).isEqualTo("GET, HEAD, DELETE");
  }

  @Test
  void severalTagsAreMadeAtOnce() throws Exception {
    byte[] config = bytes(9);
    registry.push("app", config);
    byte[] manifest = TestRegistry.manifest(config);
    Digest digest = Digest.of(Digest.SHA256, manifest);
    HttpResponse<byte[]> put = registry.putManifest("app", digest + "?tag=1&tag=1.2", manifest);
    assertThat(header(put, "OCI-Tag")).isEqualTo("1, 1.2");
    assertThat(registry.get("/v2/app/manifests/1.2").body()).isEqualTo(manifest);
  }

  @Test
  void immutableTagsStay() throws Exception {
    TagRules rules = new TagRules(List.of(new TagRules.Immutable("prod/**", "v*")));
    try (TestRegistry strict =
        TestRegistry.open(
            directory.resolve("s"), AccessControl.open(), rules, Duration.ofSeconds(20))) {
      Digest digest = strict.pushImage("prod/team/app", "v1", bytes(1));
      strict.pushImage("prod/team/app", "v1", bytes(1));
      strict.pushImage("prod/team/app", "latest", bytes(1));
      strict.pushImage("prod/team/app", "latest", bytes(2));
      byte[] other = TestRegistry.manifest(bytes(1), bytes(2));
      strict.push("prod/team/app", bytes(1));
      assertThat(code(strict.putManifest("prod/team/app", "v1", other))).isEqualTo("DENIED");
      assertThat(code(strict.send("DELETE", "/v2/prod/team/app/manifests/v1", null)))
          .isEqualTo("DENIED");
      assertThat(code(strict.send("DELETE", "/v2/prod/team/app/manifests/" + digest, null)))
          .isEqualTo("DENIED");
      assertThat(strict.get("/v2/prod/team/app/manifests/v1").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aCutConnectionLeavesWhatCameToBeResumed() throws Exception {
    String location = begin("app");
    byte[] content = bytes(200_000);
    try (Socket socket = new Socket("127.0.0.1", registry.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("PATCH " + location + " HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.write(content, 0, 120_000);
      out.flush();
      // What was sent has arrived when the status says so.
      awaitRange(location, 119_999);
    }
    // The next chunk waits for the cut one to be noticed, and goes on behind it.
    HttpResponse<byte[]> rest =
        registry.send(
            "PATCH",
            location,
            Arrays.copyOfRange(content, 120_000, 200_000),
            "Content-Range",
            "120000-199999");
    assertThat(rest.statusCode()).isEqualTo(202);
    Digest digest = Digest.of(Digest.SHA256, content);
    assertThat(registry.send("PUT", location + "?digest=" + digest, null).statusCode())
        .isEqualTo(201);
  }

  private void awaitRange(String location, int last) throws Exception {
    for (int i = 0; i < 2000; i++) {
      if (header(registry.get(location), "Range").equals("0-" + last)) {
        return;
      }
      Thread.onSpinWait();
    }
    throw new AssertionError("the upload never came to " + last);
  }

  @Test
  void aStalledUploadTimesOutAndCanGoOn() throws Exception {
    try (TestRegistry hasty =
        TestRegistry.open(
            directory.resolve("h"), AccessControl.open(), TagRules.NONE, Duration.ofSeconds(1))) {
      HttpResponse<byte[]> post = hasty.send("POST", "/v2/app/blobs/uploads/", null);
      String location = header(post, "Location");
      try (Socket socket = new Socket("127.0.0.1", hasty.port())) {
        socket.setSoTimeout(10_000);
        OutputStream out = socket.getOutputStream();
        out.write(
            ("PATCH " + location + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
        InputStream in = socket.getInputStream();
        String answer = new String(in.readNBytes(12), StandardCharsets.US_ASCII);
        assertThat(answer).isEqualTo("HTTP/1.1 408");
      }
      HttpResponse<byte[]> status = hasty.get(location);
      assertThat(header(status, "Range")).isEqualTo("0-2");
    }
  }

  @Test
  void manyConnectionsUploadTheSameBlob() throws Exception {
    byte[] content = bytes(400_000);
    Digest digest = Digest.of(Digest.SHA256, content);
    try (var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
      List<java.util.concurrent.Future<Digest>> all = new java.util.ArrayList<>();
      for (int i = 0; i < 16; i++) {
        String repository = "app" + i % 4;
        all.add(threads.submit(() -> registry.push(repository, content)));
      }
      for (var one : all) {
        assertThat(one.get()).isEqualTo(digest);
      }
    }
    assertThat(registry.get("/v2/app3/blobs/" + digest).body()).isEqualTo(content);
    assertThat(registry.storage().uploads().count()).isZero();
  }

  @Test
  void pathsThatLeadOutAreRefused() throws Exception {
    for (String path :
        List.of(
            "/v2/%2e%2e/%2e%2e/etc/passwd/tags/list",
            "/v2/..%2f..%2fetc/manifests/passwd",
            "/v2/a/manifests/..%2f..%2fx",
            "/v2/a/blobs/sha256:..%2f..%2f" + "a".repeat(58),
            "/v2/a/blobs/uploads/..%2f..%2fx",
            "/v2/a%00b/tags/list")) {
      assertThat(registry.get(path).statusCode()).as(path).isIn(400, 404);
    }
  }
}
