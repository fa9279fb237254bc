package dev.mokha.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.KubeObject;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TypedTest {
  private static final String POD =
      """
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"ns",\
      "creationTimestamp":"2026-01-02T03:04:05Z"},"spec":{"containers":[{"name":"c",\
      "image":"busybox","resources":{"limits":{"memory":"64Mi"}},"ports":[{"containerPort":80}],\
      "livenessProbe":{"httpGet":{"port":"http"}}}],"fieldFromTheFuture":{"a":1}}}\
      """;

  @Test
  void keepsWhatItDoesNotKnow() {
    Pod pod = Typed.decode(KubeObject.parse(POD.getBytes(StandardCharsets.UTF_8)), Kinds.POD);
    assertThat(
            pod.getSpec()
                .getContainers()
                .get(0)
                .getLivenessProbe()
                .getHttpGet()
                .getPort()
                .getStrVal())
        .isEqualTo("http");
    Pod changed = new PodBuilder(pod).editMetadata().addToLabels("a", "b").endMetadata().build();
    KubeObject back = Typed.encode(changed, Kinds.POD);
    assertThat(back.labels()).containsEntry("a", "b");
    assertThat(back.toTree().at("/spec/fieldFromTheFuture/a").asInt()).isEqualTo(1);
    assertThat(back.toTree().at("/spec/containers/0/resources/limits/memory").asString())
        .isEqualTo("64Mi");
    assertThat(back.toTree().has("status")).isFalse();
  }
}
