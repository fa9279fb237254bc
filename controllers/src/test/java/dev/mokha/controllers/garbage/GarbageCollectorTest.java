package dev.mokha.controllers.garbage;

import static dev.mokha.controllers.ControlPlane.core;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.ListOptions;
import dev.mokha.controllers.ControlPlane;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The collector of a running server; ConfigMaps own one another, which any kinds may. */
final class GarbageCollectorTest {
  private static final GroupVersionResource MAPS = core("configmaps");
  private static ControlPlane plane;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    plane = ControlPlane.start(directory, 0);
  }

  @AfterAll
  static void stop() {
    plane.close();
  }

  private static KubeObject map(String namespace, String name, String... owners) {
    return plane.create(
        MAPS,
        namespace,
        "{metadata: {name: %s, ownerReferences: [%s]}}".formatted(name, String.join(",", owners)));
  }

  private static String owner(String kind, String name, String uid, boolean blocks) {
    return "{apiVersion: v1, kind: %s, name: %s, uid: %s, blockOwnerDeletion: %s}"
        .formatted(kind, name, uid, blocks);
  }

  private static String owner(KubeObject owner) {
    return owner("ConfigMap", owner.name(), owner.uid(), true);
  }

  private static void delete(String namespace, String name, String policy) {
    plane.admin().delete(MAPS, namespace, name, new DeleteOptions(null, policy, "", ""));
  }

  @Test
  void whatNobodyOwnsAnyMoreGoes() {
    plane.namespace("background");
    KubeObject a = map("background", "a");
    KubeObject b = map("background", "b", owner(a));
    map("background", "c", owner(b));
    map("background", "other");
    delete("background", "a", "Background");
    plane.awaitGone(MAPS, "background", "c");
    assertThat(plane.admin().find(MAPS, "background", "other")).isPresent();
  }

  @Test
  void anOwnerOfAnotherUidKindOrNamespaceDoesNotExist() {
    plane.namespace("wrong");
    plane.namespace("wrong-other");
    KubeObject here = map("wrong", "here");
    KubeObject elsewhere = map("wrong-other", "elsewhere");
    map("wrong", "by-uid", owner("ConfigMap", "here", "no-such-uid", false));
    map("wrong", "by-kind", owner("Secret", "here", here.uid(), false));
    map("wrong", "by-name", owner("ConfigMap", "there", here.uid(), false));
    map("wrong", "by-namespace", owner(elsewhere));
    map("wrong", "right", owner(here));
    for (String name : new String[] {"by-uid", "by-kind", "by-name", "by-namespace"}) {
      plane.awaitGone(MAPS, "wrong", name);
    }
    assertThat(plane.admin().find(MAPS, "wrong", "right")).isPresent();
    assertThat(plane.admin().find(MAPS, "wrong-other", "elsewhere")).isPresent();
    plane.awaitAny(
        core("events"),
        "wrong",
        e ->
            e.path("reason").asString("").equals("OwnerRefInvalidNamespace")
                && e.path("involvedObject").path("name").asString("").equals("by-namespace"));
  }

  @Test
  void aNamespacedObjectMayBeOwnedByOneOutside() {
    plane.namespace("outside");
    KubeObject role =
        plane.create(
            new GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterroles"),
            "",
            "{metadata: {name: outside-owner}, rules: []}");
    plane.create(
        MAPS,
        "outside",
        "{metadata: {name: m, ownerReferences: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, name: outside-owner, uid: %s}]}}"
            .formatted(role.uid()));
    plane
        .admin()
        .delete(
            new GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterroles"),
            "",
            "outside-owner",
            DeleteOptions.DEFAULT);
    plane.awaitGone(MAPS, "outside", "m");
  }

  @Test
  void aKindThatIsNotServedDecidesNothing() {
    plane.namespace("unknown");
    map("unknown", "m", "{apiVersion: example.com/v1, kind: Thing, name: t, uid: some}");
    KubeObject a = map("unknown", "a");
    map("unknown", "b", owner(a));
    delete("unknown", "a", "Background");
    plane.awaitGone(MAPS, "unknown", "b");
    assertThat(plane.admin().find(MAPS, "unknown", "m")).isPresent();
  }

  @Test
  void inTheForegroundTheOwnerGoesLast() {
    plane.namespace("foreground");
    KubeObject a = map("foreground", "a");
    map("foreground", "b", owner(a));
    plane
        .admin()
        .patch(
            MAPS,
            "foreground",
            "b",
            "",
            PatchType.MERGE,
            "{\"metadata\":{\"finalizers\":[\"example.com/wait\"]}}"
                .getBytes(StandardCharsets.UTF_8),
            false);
    delete("foreground", "a", "Foreground");
    plane.await(
        MAPS, "foreground", "b", m -> m != null && m.at("/metadata/deletionTimestamp").isString());
    assertThat(plane.admin().get(MAPS, "foreground", "a", "").isDeleting()).isTrue();
    plane
        .admin()
        .patch(
            MAPS,
            "foreground",
            "b",
            "",
            PatchType.MERGE,
            "{\"metadata\":{\"finalizers\":null}}".getBytes(StandardCharsets.UTF_8),
            false);
    plane.awaitGone(MAPS, "foreground", "a");
    plane.awaitGone(MAPS, "foreground", "b");
  }

  @Test
  void orphansStay() {
    plane.namespace("orphan");
    KubeObject a = map("orphan", "a");
    map("orphan", "b", owner(a));
    delete("orphan", "a", "Orphan");
    plane.awaitGone(MAPS, "orphan", "a");
    assertThat(
            plane
                .admin()
                .get(MAPS, "orphan", "b", "")
                .toTree()
                .at("/metadata/ownerReferences")
                .isEmpty())
        .isTrue();
  }

  @Test
  void aCircleGoes() {
    plane.namespace("circle");
    KubeObject a = map("circle", "a");
    KubeObject b = map("circle", "b", owner(a));
    KubeObject c = map("circle", "c", owner(b));
    plane
        .admin()
        .patch(
            MAPS,
            "circle",
            "a",
            "",
            PatchType.MERGE,
            ("{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\","
                    + "\"name\":\"c\",\"uid\":\""
                    + c.uid()
                    + "\",\"blockOwnerDeletion\":true}]}}")
                .getBytes(StandardCharsets.UTF_8),
            false);
    delete("circle", "a", "Foreground");
    for (String name : new String[] {"a", "b", "c"}) {
      plane.awaitGone(MAPS, "circle", name);
    }
  }

  @Test
  void whoHasAnotherOwnerStays() {
    plane.namespace("two");
    KubeObject a = map("two", "a");
    KubeObject other = map("two", "other");
    map("two", "both", owner(a), owner(other));
    map("two", "one", owner(a));
    delete("two", "a", "Foreground");
    plane.awaitGone(MAPS, "two", "a");
    assertThat(plane.admin().find(MAPS, "two", "one")).isEmpty();
    assertThat(
            plane
                .admin()
                .get(MAPS, "two", "both", "")
                .toTree()
                .at("/metadata/ownerReferences")
                .size())
        .isEqualTo(1);
  }

  @Test
  void thousandsGoInSeconds() {
    plane.namespace("many");
    KubeObject a = map("many", "a");
    for (int i = 0; i < 2000; i++) {
      map("many", "m" + i, owner(a));
    }
    long start = System.nanoTime();
    delete("many", "a", "Foreground");
    plane.awaitGone(MAPS, "many", "a");
    assertThat(System.nanoTime() - start).isLessThan(15_000_000_000L);
    assertThat(plane.admin().list(MAPS, "many", ListOptions.ALL).items())
        .extracting(KubeObject::name)
        .containsExactly("kube-root-ca.crt");
  }

  @Test
  void customObjectsAreCollectedToo() {
    plane.namespace("custom");
    GroupVersionResource definitions =
        new GroupVersionResource("apiextensions.k8s.io", "v1", "customresourcedefinitions");
    plane.create(
        definitions,
        "",
        """
        {metadata: {name: crates.test.mokha.dev}, spec: {group: test.mokha.dev, scope: Namespaced,
         names: {plural: crates, singular: crate, kind: Crate, listKind: CrateList},
         versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object,
         x-kubernetes-preserve-unknown-fields: true}}}]}}
        """);
    plane.await(
        definitions,
        "",
        "crates.test.mokha.dev",
        d ->
            d != null
                && d.path("status")
                    .path("conditions")
                    .valueStream()
                    .anyMatch(
                        c ->
                            c.path("type").asString("").equals("Established")
                                && c.path("status").asString("").equals("True")));
    GroupVersionResource crates = new GroupVersionResource("test.mokha.dev", "v1", "crates");
    KubeObject crate =
        plane.create(
            crates,
            "custom",
            "{apiVersion: test.mokha.dev/v1, kind: Crate, metadata: {name: big}}");
    String owned =
        "ownerReferences: [{apiVersion: test.mokha.dev/v1, kind: Crate, name: big, uid: %s}]"
            .formatted(crate.uid());
    plane.create(MAPS, "custom", "{metadata: {name: inside, %s}}".formatted(owned));
    plane.create(
        crates,
        "custom",
        "{apiVersion: test.mokha.dev/v1, kind: Crate, metadata: {name: small, %s}}"
            .formatted(owned));
    plane.admin().delete(crates, "custom", "big", DeleteOptions.DEFAULT);
    plane.awaitGone(MAPS, "custom", "inside");
    plane.awaitGone(crates, "custom", "small");
  }
}
