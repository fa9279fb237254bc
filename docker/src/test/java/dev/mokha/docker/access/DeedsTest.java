package dev.mokha.docker.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.client.access.Deed;
import dev.mokha.docker.http.Action;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeedsTest {
  private static Deed deed(String verb, String resource, String namespace, String name) {
    return new Deed(verb, "engine.mokha.dev", "v1alpha1", resource, "", namespace, name);
  }

  private static Action image(String verb, String name) {
    return Action.of(verb, "images", "", name);
  }

  @Test
  void aNewContainerNeedsItsImageAndEachPowerInItsNamespace() {
    Action action =
        new Action(
            "create",
            "containers",
            "team",
            "web",
            "redis:7",
            Set.of(Action.Power.HOST_PATH, Action.Power.PRIVILEGED));
    assertThat(Deeds.of(action, "default"))
        .containsExactlyInAnyOrder(
            deed("create", "containers", "team", ""),
            deed("run", "images", "team", "docker.io/library/redis"),
            deed("use", "hostpowers", "team", "host-path"),
            deed("use", "hostpowers", "team", "privileged"));
  }

  @Test
  void whatHasNoNamespaceIsTheCallersOwn() {
    assertThat(Deeds.of(Action.of("list", "containers"), "alice"))
        .containsExactly(deed("list", "containers", "alice", ""));
    assertThat(Deeds.of(Action.of("get", "system"), "alice"))
        .containsExactly(deed("get", "system", "", ""));
  }

  @Test
  void namesOfImagesArePerNamespaceOnlyBelowIt() {
    assertThat(Deeds.of(image("tag", "team/app:2"), "team"))
        .containsExactly(deed("tag", "images", "team", "docker.io/team/app"));
    assertThat(Deeds.of(image("tag", "registry.local:5000/team/app"), "team"))
        .containsExactly(deed("tag", "images", "team", "registry.local:5000/team/app"));
    assertThat(Deeds.of(image("tag", "teamwork/app"), "team"))
        .containsExactly(deed("tag", "images", "", "docker.io/teamwork/app"));
    assertThat(Deeds.of(image("delete", "redis:7"), "team"))
        .containsExactly(deed("delete", "images", "", "docker.io/library/redis"));
    assertThat(Deeds.of(image("delete", "library/redis"), "library"))
        .as("Docker's own images lie below library/: no namespace of that name owns them")
        .containsExactly(deed("delete", "images", "", "docker.io/library/redis"));
    assertThat(Deeds.of(image("load", ""), "team")).containsExactly(deed("load", "images", "", ""));
    assertThat(Deeds.of(image("pull", "redis"), "team"))
        .containsExactly(deed("pull", "images", "team", "docker.io/library/redis"));
  }

  @Test
  void aBuildNeedsTheRightToItsName() {
    assertThat(Deeds.of(new Action("create", "build", "", "", "redis:7", Set.of()), "team"))
        .containsExactly(
            deed("create", "build", "team", ""),
            deed("tag", "images", "", "docker.io/library/redis"));
  }
}
