package dev.mokha.docker.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Caller;
import dev.mokha.junit.Mokha;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RbacAccessTest {
  private static final Caller ROOT = new Caller(Caller.Kind.PEER, "root", List.of("root"), true);
  private static final Caller ALICE =
      new Caller(Caller.Kind.PEER, "alice", List.of("alice"), false);
  private static final Caller BOB = new Caller(Caller.Kind.PEER, "bob", List.of("staff"), false);
  private static final Caller MALLORY =
      new Caller(Caller.Kind.PEER, "mallory", List.of("nobody"), false);
  private static final Caller ADMIN =
      new Caller(Caller.Kind.CERTIFICATE, "admin", List.of("system:masters"), false);

  @TempDir static Path directory;

  private static Mokha mokha;
  private static RbacAccess access;

  @BeforeAll
  static void start() throws Exception {
    mokha =
        Mokha.builder()
            .controllers(true)
            .install(
                """
                apiVersion: v1
                kind: Namespace
                metadata: {name: alice}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: edit, namespace: alice}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
                subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: 'unix:alice'}]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: busybox-only, namespace: default}
                rules:
                - {apiGroups: [engine.mokha.dev], resources: [containers], verbs: [create]}
                - apiGroups: [engine.mokha.dev]
                  resources: [images]
                  verbs: [run]
                  resourceNames: [docker.io/library/busybox]
                - {apiGroups: [engine.mokha.dev], resources: [hostpowers], verbs: [use], resourceNames: [host-network]}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: dockers, namespace: default}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: busybox-only}
                subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'unix:dockers'}]
                """)
            .start();
    Path groups =
        Files.writeString(directory.resolve("group"), "root:x:0:\ndockers:x:9:carol,bob\n");
    access = new RbacAccess(mokha.client(), Clock.systemUTC(), groups);
  }

  @AfterAll
  static void stop() {
    mokha.close();
  }

  private static Action run(String namespace, String image, Action.Power... powers) {
    return new Action("create", "containers", namespace, "", image, Set.of(powers));
  }

  @Test
  void rootAndMastersMayDoEverything() {
    Action worst = run("kube-system", "x", Action.Power.PRIVILEGED, Action.Power.HOST_PATH);
    assertThat(access.decide(ROOT, worst).allowed()).isTrue();
    assertThat(access.decide(ADMIN, worst).allowed()).isTrue();
  }

  @Test
  void aMemberRunsContainersInHerNamespaceAndHasNoHoldOnTheHost() {
    assertThat(access.namespaceOf(ALICE)).isEqualTo("alice");
    assertThat(access.decide(ALICE, run("", "redis:7")).allowed()).isTrue();
    assertThat(access.decide(ALICE, Action.of("exec", "containers", "alice", "web")).allowed())
        .isTrue();
    assertThat(access.decide(ALICE, Action.of("exec", "containers", "default", "web")).allowed())
        .isFalse();
    for (Action.Power power : Action.Power.values()) {
      assertThat(access.decide(ALICE, run("alice", "redis:7", power)).allowed())
          .as(power.name())
          .isFalse();
    }
    assertThat(access.decide(ALICE, run("alice", "redis:7", Action.Power.PRIVILEGED)).reason())
        .isEqualTo(
            "user \"unix:alice\" cannot use hostpowers.engine.mokha.dev \"privileged\""
                + " in the namespace \"alice\"");
  }

  @Test
  void sheMayNameImagesBelowHerNamespaceOnly() {
    assertThat(access.decide(ALICE, Action.of("tag", "images", "", "alice/app:1")).allowed())
        .isTrue();
    assertThat(access.decide(ALICE, Action.of("tag", "images", "", "redis:7")).allowed()).isFalse();
    assertThat(access.decide(ALICE, Action.of("delete", "images", "", "redis:7")).allowed())
        .isFalse();
    assertThat(access.decide(ALICE, Action.of("prune", "images", "", "")).allowed()).isFalse();
  }

  @Test
  void rightsCanBePerGroupImageAndPower() {
    assertThat(access.decide(BOB, run("default", "busybox:1.37")).allowed()).isTrue();
    assertThat(access.decide(BOB, run("default", "busybox", Action.Power.HOST_NETWORK)).allowed())
        .isTrue();
    assertThat(access.decide(BOB, run("default", "busybox", Action.Power.HOST_PID)).allowed())
        .isFalse();
    assertThat(access.decide(BOB, run("default", "redis")).allowed()).isFalse();
    assertThat(access.decide(BOB, Action.of("delete", "containers", "default", "x")).allowed())
        .isFalse();
  }

  @Test
  void whoHasNoRightsMayAskForTheVersionAlone() {
    assertThat(access.decide(MALLORY, Action.of("get", "system")).allowed()).isTrue();
    assertThat(access.decide(MALLORY, Action.of("list", "containers")).allowed()).isFalse();
    assertThat(access.decide(MALLORY, run("", "busybox")).allowed()).isFalse();
  }
}
