package dev.mokha.server.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.pipeline.RequestTarget;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuditPolicyTest {
  private static final UserInfo ALICE = UserInfo.authenticated("alice", List.of("dev"));
  private static final UserInfo NODE =
      UserInfo.authenticated("system:node:n1", List.of("system:nodes"));

  private static AuditPolicy policy(String rules) {
    return AuditPolicy.parse(
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\n" + rules).getBytes(StandardCharsets.UTF_8));
  }

  private static String level(AuditPolicy policy, UserInfo user, String verb, String path) {
    return policy.choose(user, verb, RequestTarget.of(path)).level().text();
  }

  @ParameterizedTest
  @CsvSource({
    "get,    /api/v1/namespaces/a/secrets/s,          Request",
    "get,    /api/v1/namespaces/b/secrets/s,          Metadata",
    "get,    /api/v1/namespaces/a/secrets/s/status,   None",
    "get,    /api/v1/namespaces/a/pods/p/log,         RequestResponse",
    "get,    /api/v1/namespaces/a/pods/p,             None",
    "update, /api/v1/namespaces/a/pods/p/status,      Metadata",
    "update, /api/v1/nodes/n/status,                  Metadata",
    "delete, /apis/apps/v1/namespaces/a/deployments/d, Request",
    "delete, /apis/batch/v1/namespaces/a/jobs/j,      None",
    "patch,  /api/v1/namespaces/a/configmaps/named,   Metadata",
    "patch,  /api/v1/namespaces/a/configmaps/other,   None",
    "get,    /healthz/etcd,                           Metadata",
    "get,    /version,                                None",
  })
  void theFirstMatchingRuleDecides(String verb, String path, String expected) {
    AuditPolicy policy =
        policy(
            """
            rules:
            - {level: Request, namespaces: [a], resources: [{group: "", resources: [secrets]}]}
            - {level: Metadata, resources: [{group: "", resources: [secrets]}]}
            - {level: RequestResponse, resources: [{group: "", resources: [pods/log]}]}
            - {level: Metadata, verbs: [update], resources: [{group: "", resources: ["*/status"]}]}
            - {level: Request, resources: [{group: apps}]}
            - level: Metadata
              resources: [{group: "", resources: [configmaps], resourceNames: [named]}]
            - {level: Metadata, nonResourceURLs: ["/healthz*"]}
            """);
    assertThat(level(policy, ALICE, verb, path)).isEqualTo(expected);
  }

  @Test
  void usersAndGroupsAreMatched() {
    AuditPolicy policy =
        policy(
            """
            rules:
            - {level: None, userGroups: ["system:nodes"]}
            - {level: Request, users: [alice]}
            - {level: Metadata}
            """);
    assertThat(level(policy, NODE, "get", "/api/v1/pods")).isEqualTo("None");
    assertThat(level(policy, ALICE, "get", "/api/v1/pods")).isEqualTo("Request");
    assertThat(level(policy, UserInfo.ANONYMOUS, "get", "/version")).isEqualTo("Metadata");
  }

  @Test
  void stagesOfPolicyAndRuleAreLeftOut() {
    AuditPolicy policy =
        policy(
            """
            omitStages: [RequestReceived]
            omitManagedFields: true
            rules:
            - {level: Metadata, users: [alice], omitStages: [ResponseStarted]}
            - {level: Metadata, omitManagedFields: false}
            """);
    AuditPolicy.Choice alice = policy.choose(ALICE, "get", RequestTarget.of("/version"));
    assertThat(alice.omitStages())
        .containsExactlyInAnyOrder(AuditStage.REQUEST_RECEIVED, AuditStage.RESPONSE_STARTED);
    assertThat(alice.omitManagedFields()).isTrue();
    AuditPolicy.Choice other = policy.choose(NODE, "get", RequestTarget.of("/version"));
    assertThat(other.omitStages()).containsExactly(AuditStage.REQUEST_RECEIVED);
    assertThat(other.omitManagedFields()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "create, /api/v1/namespaces/a/configmaps,      Metadata",
    "get,    /api/v1/namespaces/a/secrets/s,       Metadata",
    "list,   /api/v1/secrets,                      Metadata",
    "create, /api/v1/namespaces/a/serviceaccounts/x/token, Metadata",
    "get,    /api/v1/namespaces/a/configmaps/c,    None",
    "watch,  /api/v1/pods,                         None",
    "create, /api/v1/namespaces/a/events,          None",
    "get,    /readyz,                              None",
    "post,   /logs,                                None",
    "create, /apis/authorization.k8s.io/v1/selfsubjectaccessreviews, None",
  })
  void theStandardPolicyKeepsWritesAndLooksAtSecrets(String verb, String path, String expected) {
    assertThat(level(AuditPolicy.standard(), ALICE, verb, path)).isEqualTo(expected);
  }

  @Test
  void theStandardPolicyLeavesOutWhatNodesWriteAllDay() {
    AuditPolicy policy = AuditPolicy.standard();
    String lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1";
    assertThat(level(policy, NODE, "update", lease)).isEqualTo("None");
    assertThat(level(policy, ALICE, "update", lease)).isEqualTo("Metadata");
    assertThat(level(policy, NODE, "patch", "/api/v1/nodes/n1/status")).isEqualTo("None");
    assertThat(level(policy, NODE, "create", "/api/v1/nodes")).isEqualTo("Metadata");
    assertThat(level(policy, NODE, "get", "/api/v1/namespaces/a/secrets/s")).isEqualTo("Metadata");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rules: []                                             | at least one",
        "rules: [{level: Everything}]                          | rules[0].level",
        "rules: [{level: None, omitStages: [Never]}]           | no stage \"Never\"",
        "rules: [{level: None, nonResourceURLs: [version]}]    | must begin with /",
        "rules: [{level: None, nonResourceURLs: ['/a*b']}]     | * only at its end",
        "rules: [{level: None, nonResourceURLs: ['/a'], namespaces: [b]}] | can't stand beside",
        "rules: [{level: None, resources: [{group: apps/v1}]}] | without its version",
        "rules: [{level: None, resources: [{resourceNames: [a]}]}] | needs resources",
        "rules: [                                              | not YAML",
      })
  void aMistakeIsNamed(String rules, String says) {
    assertThatThrownBy(() -> policy(rules))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(says.strip());
  }

  @Test
  void anotherKindIsNoPolicy() {
    assertThatThrownBy(() -> AuditPolicy.parse("kind: Pod\n".getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("must have kind: Policy and apiVersion: audit.k8s.io/v1");
  }
}
