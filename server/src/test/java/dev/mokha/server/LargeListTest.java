package dev.mokha.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.wire.ProtobufCodec;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.node.ObjectNode;

/** Lists of several megabytes, which go out piece by piece. */
class LargeListTest {
  private static final int OBJECTS = 1200;
  private static final String PATH = "/api/v1/namespaces/many/configmaps";

  @TempDir private static Path directory;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster(directory).with("many");
    String text = "é".repeat(1500);
    for (int i = 0; i < OBJECTS; i++) {
      cluster
          .admin()
          .create(
              new GroupVersionResource("", "v1", "configmaps"),
              "many",
              "",
              "",
              KubeObject.parse(
                  "{\"metadata\":{\"name\":\"c%04d\"},\"data\":{\"k\":\"%s\"}}"
                      .formatted(i, text)
                      .getBytes(StandardCharsets.UTF_8)));
    }
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private byte[] list(HttpClient.Version version, String accept) throws Exception {
    HttpResponse<byte[]> answer =
        cluster
            .http()
            .send(
                HttpRequest.newBuilder(cluster.uri(PATH))
                    .version(version)
                    .header("Accept", accept)
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(answer.body().length);
    return answer.body();
  }

  private static void assertComplete(ObjectNode list) {
    assertThat(list.path("items").size()).isEqualTo(OBJECTS);
    for (int i = 0; i < OBJECTS; i++) {
      assertThat(list.at("/items/" + i + "/metadata/name").asString())
          .isEqualTo("c%04d".formatted(i));
    }
    assertThat(list.at("/metadata/resourceVersion").asString()).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void arriveWholeAsJson(HttpClient.Version version) throws Exception {
    assertComplete(Json.parseObject(list(version, "application/json")));
  }

  @Test
  void arriveWholeAsProtobuf() throws Exception {
    byte[] bytes = list(HttpClient.Version.HTTP_2, "application/vnd.kubernetes.protobuf");
    ProtobufCodec.Decoded decoded = ProtobufCodec.decode(bytes);
    assertThat(decoded.kind().kind()).isEqualTo("ConfigMapList");
    assertComplete(decoded.tree());
  }

  @Test
  void arriveWholeAsMetadata() throws Exception {
    String accept = ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    assertComplete(Json.parseObject(list(HttpClient.Version.HTTP_2, "application/json" + accept)));
    byte[] bytes = list(HttpClient.Version.HTTP_2, "application/vnd.kubernetes.protobuf" + accept);
    // No schema of ours describes that kind; to its names it is like a list of any kind.
    assertThat(bytes).startsWith('k', '8', 's', 0);
    String text = new String(bytes, StandardCharsets.UTF_8);
    assertThat(text).contains("PartialObjectMetadataList", "c0000", "c%04d".formatted(OBJECTS - 1));
  }

  @Test
  void aClientThatGoesAwayInTheMiddleHarmsNobody() throws Exception {
    for (int i = 0; i < 20; i++) {
      HttpResponse<InputStream> answer =
          cluster
              .http()
              .send(
                  HttpRequest.newBuilder(cluster.uri(PATH)).build(),
                  HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = answer.body()) {
        assertThat(in.readNBytes(1000)).hasSize(1000);
      }
    }
    assertComplete(Json.parseObject(list(HttpClient.Version.HTTP_2, "application/json")));
  }
}
