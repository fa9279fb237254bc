package dev.mokha.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.server.ServerConfig.Shutdown;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checks of health, and how a server ends. */
class HealthTest {
  @TempDir private Path directory;

  @Test
  void eachPathHasItsChecks() throws Exception {
    try (TestCluster cluster = new TestCluster(directory)) {
      assertThat(cluster.get("/readyz?verbose").body())
          .startsWith("[+]ping ok\n[+]log ok\n")
          .contains("[+]etcd ok\n", "[+]etcd-readiness ok\n", "[+]informer-sync ok\n")
          .contains("[+]poststarthook/rbac/bootstrap-roles ok\n")
          .endsWith("[+]shutdown ok\nreadyz check passed\n");
      for (String path : new String[] {"livez", "healthz"}) {
        assertThat(cluster.get("/" + path + "?verbose").body())
            .contains("[+]etcd ok\n", "[+]poststarthook/rbac/bootstrap-roles ok\n")
            .doesNotContain("informer-sync", "shutdown", "etcd-readiness")
            .endsWith(path + " check passed\n");
      }
    }
  }

  @Test
  void oneCheckCanBeAskedAloneAndChecksCanBeLeftOut() throws Exception {
    try (TestCluster cluster = new TestCluster(directory)) {
      assertThat(cluster.get("/readyz/etcd").body()).isEqualTo("ok");
      assertThat(cluster.get("/livez/poststarthook/rbac/bootstrap-roles").body()).isEqualTo("ok");
      assertThat(cluster.get("/livez/shutdown").statusCode()).isEqualTo(404);
      assertThat(cluster.get("/readyz/").statusCode()).isEqualTo(404);
      assertThat(cluster.get("/readyz?exclude=etcd&exclude=nope").body()).isEqualTo("ok");
      assertThat(cluster.get("/readyz?verbose&exclude=etcd&exclude=x&exclude=a%22b").body())
          .contains("[+]etcd excluded: ok\n")
          .endsWith(
              "warn: some health checks cannot be excluded: no matches for \"a\\\"b\",\"x\"\n"
                  + "readyz check passed\n");
    }
  }

  @Test
  void aServerThatEndsSaysSoFirstAndFinishesWhatIsUnderWay() throws Exception {
    Shutdown slowly = new Shutdown(Duration.ofSeconds(2), Duration.ofSeconds(20));
    TestCluster cluster = new TestCluster(directory, c -> c.shutdown(slowly)).with("n");
    CompletableFuture<HttpResponse<String>> write;
    Thread end;
    try (SubmissionPublisher<ByteBuffer> body = new SubmissionPublisher<>()) {
      write =
          cluster
              .http()
              .sendAsync(
                  HttpRequest.newBuilder(cluster.uri("/api/v1/namespaces/n/configmaps"))
                      // Over HTTP/2 the JDK's client forgets an answer that it has not looked at
                      // when the connection's end comes, as it does here right behind it.
                      .version(HttpClient.Version.HTTP_1_1)
                      .header("Content-Type", "application/json")
                      .POST(BodyPublishers.fromPublisher(body))
                      .build(),
                  BodyHandlers.ofString());
      while (!body.hasSubscribers()) {
        Thread.onSpinWait();
      }
      body.submit(bytes("{\"metadata\":{\"name\":\"a\"}"));
      CompletableFuture<HttpResponse<String>> watch =
          cluster
              .http()
              .sendAsync(
                  HttpRequest.newBuilder(cluster.uri("/api/v1/namespaces?watch=true")).build(),
                  BodyHandlers.ofString());
      assertThat(cluster.get("/readyz").statusCode()).isEqualTo(200);

      end = Thread.ofVirtual().start(cluster.server::close);
      HttpResponse<String> ready = cluster.get("/readyz");
      while (ready.statusCode() == 200) {
        ready = cluster.get("/readyz");
      }
      assertThat(ready.statusCode()).isEqualTo(500);
      assertThat(ready.body())
          .contains("[-]shutdown failed: reason withheld\n")
          .endsWith("readyz check failed\n");
      assertThat(cluster.get("/readyz/shutdown").body())
          .isEqualTo("internal server error: process is shutting down\n");
      assertThat(cluster.get("/livez").body()).isEqualTo("ok");
      assertThat(cluster.get("/api/v1/namespaces/n").statusCode()).isEqualTo(200);
      // The watch ends, though nothing happened that it could tell of.
      assertThat(watch.get(20, TimeUnit.SECONDS).body()).contains("\"ADDED\"");
      awaitRefusal(cluster);
      body.submit(bytes("}"));
    }
    assertThat(write.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(201);
    assertThat(end.join(Duration.ofSeconds(15))).isTrue();
    cluster.http().close();
    cluster.store.close();
  }

  /** Nobody can connect any more while the write is still under way. */
  private static void awaitRefusal(TestCluster cluster) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
    assertThatThrownBy(
            () -> {
              while (System.nanoTime() < deadline) {
                cluster.socket().close();
              }
            })
        .isInstanceOf(IOException.class);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
