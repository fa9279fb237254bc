package dev.mokha.node.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import org.junit.jupiter.api.Test;

class StatusPatchTest {
  @Test
  void sendsOnlyWhatChanged() {
    PodStatus before =
        new PodStatusBuilder()
            .withPhase("Pending")
            .withHostIP("192.0.2.1")
            .withMessage("old")
            .addNewCondition()
            .withType("Ready")
            .withStatus("False")
            .withReason("Why")
            .endCondition()
            .addNewCondition()
            .withType("example.com/gate")
            .withStatus("True")
            .endCondition()
            .build();
    PodStatus after =
        new PodStatusBuilder(before)
            .withPhase("Running")
            .withMessage(null)
            .withPodIP("10.42.0.5")
            .addNewPodIP("10.42.0.5")
            .editFirstCondition()
            .withStatus("True")
            .withReason(null)
            .endCondition()
            .build();
    assertThat(StatusPatch.between(before, after, "u1"))
        .contains(
            Json.parseObject(
                """
                {"metadata":{"uid":"u1"},"status":{
                  "conditions":[{"status":"True","type":"Ready","reason":null}],
                  "message":null,"phase":"Running","podIP":"10.42.0.5",
                  "podIPs":[{"ip":"10.42.0.5"},{"$patch":"replace"}]}}
                """
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    assertThat(StatusPatch.between(after, after, "u1")).isEmpty();
  }
}
