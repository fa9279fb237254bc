package dev.mokha.junit.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.junit.Mokha;
import dev.mokha.junit.MokhaTest;
import dev.mokha.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.Test;

/** What a mock lets pass and a real server does not. */
@MokhaTest(crds = "crds/greeting.yaml")
class EnforcementTest {
  @Test
  void rolesDecideWhoMayDoWhat(Mokha mokha, @TestNamespace String namespace) {
    mokha.install(
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: reader, namespace: %1$s}
        rules:
          - {apiGroups: [""], resources: [configmaps], verbs: [get, list, watch]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: readers, namespace: %1$s}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
        subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: readers}]
        """
            .formatted(namespace));
    try (KubernetesClient jane = mokha.fabric8("jane", "readers");
        KubernetesClient john = mokha.fabric8("john")) {
      assertThat(jane.configMaps().inNamespace(namespace).list().getItems()).isNotNull();
      assertThatThrownBy(
              () ->
                  jane.configMaps()
                      .inNamespace(namespace)
                      .resource(
                          new ConfigMapBuilder()
                              .withNewMetadata()
                              .withName("mine")
                              .endMetadata()
                              .build())
                      .create())
          .isInstanceOf(KubernetesClientException.class)
          .hasMessageContaining("User \"jane\" cannot create resource \"configmaps\"");
      assertThatThrownBy(() -> john.configMaps().inNamespace(namespace).list())
          .isInstanceOfSatisfying(
              KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(403));
    }
  }

  @Test
  void quotasHold(Mokha mokha, KubernetesClient client, @TestNamespace String namespace) {
    mokha.install(
        """
        apiVersion: v1
        kind: ResourceQuota
        metadata: {name: few, namespace: %s}
        spec: {hard: {count/secrets: "0"}}
        """
            .formatted(namespace));
    assertThatThrownBy(
            () ->
                mokha.install(
                    """
                    apiVersion: v1
                    kind: Secret
                    metadata: {name: one, namespace: %s}
                    """
                        .formatted(namespace)))
        .hasMessageContaining("exceeded quota: few");
    assertThat(client.secrets().list().getItems()).isEmpty();
  }

  @Test
  void schemasAndTheirRulesHold(Mokha mokha, @TestNamespace String namespace) {
    String greeting =
        """
        apiVersion: example.org/v1
        kind: Greeting
        metadata: {name: first, namespace: %s}
        spec: {name: %s, times: %d}
        """;
    assertThatThrownBy(() -> mokha.install(greeting.formatted(namespace, "Ada", 10)))
        .hasMessageContaining("spec.times")
        .hasMessageContaining("less than or equal to 9");
    assertThatThrownBy(() -> mokha.install(greeting.formatted(namespace, "nobody", 2)))
        .hasMessageContaining("nobody is greeted once");
    mokha.install(greeting.formatted(namespace, "nobody", 1));
  }

  @Test
  void admissionPoliciesHold(Mokha mokha, @TestNamespace String namespace) {
    mokha.install(
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: {name: owner-label}
        spec:
          matchConstraints:
            resourceRules:
              - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
          validations:
            - expression: "'owner' in object.metadata.?labels.orValue({})"
              message: every ConfigMap needs the label owner
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: owner-label}
        spec:
          policyName: owner-label
          validationActions: [Deny]
          matchResources:
            namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %s}}
        """
            .formatted(namespace));
    String map =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: first, namespace: %s, labels: {%s: ada}}
        """;
    assertThatThrownBy(() -> mokha.install(map.formatted(namespace, "writer")))
        .hasMessageContaining("every ConfigMap needs the label owner");
    mokha.install(map.formatted(namespace, "owner"));
  }
}
