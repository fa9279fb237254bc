package dev.mokha.api.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.schema.BuiltinSchemas;
import org.junit.jupiter.api.Test;

class BuiltinResourcesTest {
  private final BuiltinResources resources = BuiltinResources.get();

  @Test
  void groupsAndVersionsComeInTheOrderOfDiscovery() {
    assertThat(resources.groups().stream().map(BuiltinResources.Group::name).limit(4))
        .containsExactly("", "apiregistration.k8s.io", "apps", "events.k8s.io");
    assertThat(resources.groups())
        .filteredOn(g -> g.name().equals("autoscaling"))
        .singleElement()
        .satisfies(
            g -> {
              assertThat(g.versions()).containsExactly("v2", "v1");
              assertThat(g.preferredVersion()).isEqualTo("v2");
            });
  }

  @Test
  void deploymentHasItsNamesVerbsAndSubresources() {
    ResourceType deployments =
        resources.find(new GroupVersionResource("apps", "v1", "deployments")).orElseThrow();
    assertThat(deployments.kind()).isEqualTo("Deployment");
    assertThat(deployments.singular()).isEqualTo("deployment");
    assertThat(deployments.namespaced()).isTrue();
    assertThat(deployments.shortNames()).containsExactly("deploy");
    assertThat(deployments.categories()).containsExactly("all");
    assertThat(deployments.verbs())
        .containsExactly(
            "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");
    assertThat(deployments.subresource("scale").orElseThrow().kind())
        .isEqualTo(new GroupVersionKind("autoscaling", "v1", "Scale"));
    assertThat(resources.find(deployments.gvk())).contains(deployments);
  }

  @Test
  void everyStoredKindAndItsListHaveASchema() {
    for (ResourceType type : resources.all()) {
      assertThat(BuiltinSchemas.get().byKind(type.gvk())).as("%s", type.gvk()).isPresent();
      if (type.verbs().contains("list")) {
        GroupVersionKind list =
            new GroupVersionKind(type.gvk().group(), type.gvk().version(), type.kind() + "List");
        assertThat(BuiltinSchemas.get().byKind(list)).as("%s", list).isPresent();
      }
    }
  }

  @Test
  void twoNamesOfOneThingAreKeptUnderOne() {
    assertThat(
            resources.storedAs(
                new GroupVersionResource("autoscaling", "v1", "horizontalpodautoscalers")))
        .isEqualTo(new GroupVersionResource("autoscaling", "v2", "horizontalpodautoscalers"));
    GroupVersionResource pods = new GroupVersionResource("", "v1", "pods");
    assertThat(resources.storedAs(pods)).isEqualTo(pods);
  }
}
