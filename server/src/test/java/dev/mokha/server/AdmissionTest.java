package dev.mokha.server;

import static dev.mokha.server.SecureCluster.core;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What the plug-ins make of objects. */
final class AdmissionTest {
  private static Store store;
  private static SecureCluster cluster;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    store = MemoryStore.create();
    cluster = new SecureCluster(directory, store);
    cluster.create(
        core("serviceaccounts"),
        "default",
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}, imagePullSecrets:"
            + " [{name: pull}]}");
  }

  @AfterAll
  static void stop() {
    cluster.close();
    store.close();
  }

  private static JsonNode pod(String namespace, String metadata, String spec) {
    KubeObject pod =
        cluster.create(
            core("pods"),
            namespace,
            "{apiVersion: v1, kind: Pod, metadata: %s, spec: %s}"
                .formatted(metadata, "{restartPolicy: Always, " + spec.substring(1)));
    return pod.toTree();
  }

  private static void namespace(String name) {
    cluster.create(
        core("namespaces"),
        "",
        "{apiVersion: v1, kind: Namespace, metadata: {name: %s}}".formatted(name));
  }

  @Test
  void aPodGetsItsAccountAndToken() {
    JsonNode spec =
        pod(
                "default",
                "{name: sa1}",
                "{containers: [{name: c, image: i, imagePullPolicy: Always,"
                    + " terminationMessagePolicy: File}], initContainers: [{name: d, image: i,"
                    + " imagePullPolicy: Always, terminationMessagePolicy: File}]}")
            .path("spec");
    assertThat(spec.path("serviceAccountName").asString()).isEqualTo("default");
    assertThat(spec.path("imagePullSecrets").toString()).isEqualTo("[{\"name\":\"pull\"}]");
    JsonNode volume = spec.at("/volumes/0");
    assertThat(volume.path("name").asString()).matches("kube-api-access-[a-z0-9]{5}");
    assertThat(volume.at("/projected/sources/0/serviceAccountToken/path").asString())
        .isEqualTo("token");
    assertThat(volume.at("/projected/sources")).hasSize(3);
    for (String list : new String[] {"containers", "initContainers"}) {
      JsonNode mount = spec.path(list).path(0).at("/volumeMounts/0");
      assertThat(mount.path("name")).isEqualTo(volume.path("name"));
      assertThat(mount.path("mountPath").asString())
          .isEqualTo("/var/run/secrets/kubernetes.io/serviceaccount");
      assertThat(mount.path("readOnly").asBoolean()).isTrue();
    }
    JsonNode without =
        pod(
                "default",
                "{name: sa2}",
                "{automountServiceAccountToken: false, containers: [{name: c, image: i,"
                    + " imagePullPolicy: Always, terminationMessagePolicy: File}]}")
            .path("spec");
    assertThat(without.path("volumes").isEmpty()).isTrue();
    assertThatThrownBy(
            () ->
                pod(
                    "default",
                    "{name: sa3}",
                    "{serviceAccountName: nobody, containers: [{name: c, image: i, imagePullPolicy:"
                        + " Always, terminationMessagePolicy: File}]}"))
        .isInstanceOf(StatusException.class)
        .hasMessage(
            "pods \"sa3\" is forbidden: error looking up service account default/nobody:"
                + " serviceaccount \"nobody\" not found");
  }

  @Test
  void aPodGetsTolerationsAndPriority() {
    JsonNode spec =
        pod(
                "default",
                "{name: p1}",
                "{priorityClassName: system-cluster-critical, containers: [{name: c, image: i,"
                    + " imagePullPolicy: Always, terminationMessagePolicy: File}], tolerations:"
                    + " [{key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute,"
                    + " tolerationSeconds: 5}]}")
            .path("spec");
    assertThat(spec.path("priority").asInt()).isEqualTo(2_000_000_000);
    assertThat(spec.path("preemptionPolicy").asString()).isEqualTo("PreemptLowerPriority");
    assertThat(spec.path("tolerations")).hasSize(2);
    assertThat(spec.at("/tolerations/0/tolerationSeconds").asInt()).isEqualTo(5);
    assertThat(spec.at("/tolerations/1/key").asString())
        .isEqualTo("node.kubernetes.io/unreachable");
    assertThat(
            pod(
                    "default",
                    "{name: p2}",
                    "{containers: [{name: c, image: i, imagePullPolicy: Always,"
                        + " terminationMessagePolicy: File}]}")
                .at("/spec/priority")
                .asInt())
        .isZero();
    assertThatThrownBy(
            () ->
                pod(
                    "default",
                    "{name: p3}",
                    "{priorityClassName: none, containers: [{name: c, image: i, imagePullPolicy:"
                        + " Always, terminationMessagePolicy: File}]}"))
        .hasMessageContaining("no PriorityClass with name none was found");
  }

  @Test
  void oneDefaultPriorityIsEnough() {
    GroupVersionResource classes =
        new GroupVersionResource("scheduling.k8s.io", "v1", "priorityclasses");
    String yaml =
        "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: %s}, value: 7,"
            + " globalDefault: true}";
    cluster.create(classes, "", yaml.formatted("seven"));
    assertThatThrownBy(() -> cluster.create(classes, "", yaml.formatted("eight")))
        .hasMessageContaining("PriorityClass seven is already marked as default");
    JsonNode spec =
        pod(
                "default",
                "{name: p7}",
                "{containers: [{name: c, image: i, imagePullPolicy: Always,"
                    + " terminationMessagePolicy: File}]}")
            .path("spec");
    assertThat(spec.path("priority").asInt()).isEqualTo(7);
    assertThat(spec.path("priorityClassName").asString()).isEqualTo("seven");
    cluster.own().delete(classes, "", "seven", DeleteOptions.DEFAULT);
  }

  @Test
  void limitsAreFilledInAndHeld() {
    namespace("limited");
    cluster.create(
        core("serviceaccounts"),
        "limited",
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}");
    cluster.create(
        core("limitranges"),
        "limited",
        """
        apiVersion: v1
        kind: LimitRange
        metadata: {name: l}
        spec:
          limits:
          - {type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 100m, memory: 10Mi}, max: {cpu: "1"}, min: {memory: 5Mi}}
          - {type: Pod, max: {cpu: "1500m"}}
        """);
    JsonNode pod =
        pod(
            "limited",
            "{name: a}",
            "{containers: [{name: c, image: i, imagePullPolicy: Always, terminationMessagePolicy:"
                + " File}]}");
    JsonNode resources = pod.at("/spec/containers/0/resources");
    assertThat(resources.at("/requests/cpu").asString()).isEqualTo("100m");
    assertThat(resources.at("/requests/memory").asString()).isEqualTo("10Mi");
    assertThat(resources.at("/limits/cpu").asString()).isEqualTo("500m");
    assertThat(
            pod.path("metadata").path("annotations").path("kubernetes.io/limit-ranger").asString())
        .isEqualTo(
            "LimitRanger plugin set: cpu, memory request for container c; cpu limit for container"
                + " c");
    assertThatThrownBy(
            () ->
                pod(
                    "limited",
                    "{name: b}",
                    "{containers: [{name: c, image: i, imagePullPolicy: Always,"
                        + " terminationMessagePolicy: File, resources: {limits: {cpu: 2}}}]}"))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("maximum cpu usage per Container is 1, but limit is 2")
        .hasMessageContaining("maximum cpu usage per Pod is 1500m, but limit is 2");
    assertThatThrownBy(
            () ->
                pod(
                    "limited",
                    "{name: b}",
                    "{containers: [{name: c, image: i, imagePullPolicy: Always,"
                        + " terminationMessagePolicy: File, resources: {requests: {memory:"
                        + " 1Mi}}}]}"))
        .hasMessage(
            "pods \"b\" is forbidden: minimum memory usage per Container is 5Mi, but request is"
                + " 1Mi");
  }

  @Test
  void nothingIsMadeInNamespacesThatAreNotThereOrGoing() {
    String map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}}";
    assertThatThrownBy(() -> cluster.create(core("configmaps"), "nowhere", map))
        .hasMessage("namespaces \"nowhere\" not found");
    namespace("going");
    cluster.own().delete(core("namespaces"), "", "going", DeleteOptions.DEFAULT);
    assertThatThrownBy(() -> cluster.create(core("configmaps"), "going", map))
        .isInstanceOfSatisfying(
            StatusException.class,
            e -> {
              assertThat(e)
                  .hasMessage(
                      "configmaps \"m\" is forbidden: unable to create new content in namespace"
                          + " going because it is being terminated");
              assertThat(e.details().causes().getFirst().reason())
                  .isEqualTo("NamespaceTerminating");
            });
    for (String name : new String[] {"default", "kube-system", "kube-public"}) {
      assertThatThrownBy(
              () -> cluster.own().delete(core("namespaces"), "", name, DeleteOptions.DEFAULT))
          .hasMessage(
              "namespaces \"%s\" is forbidden: this namespace may not be deleted".formatted(name));
    }
  }

  private static void account(String namespace) {
    cluster.create(
        core("serviceaccounts"),
        namespace,
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}");
  }

  private static final String CONTAINER =
      "name: c, image: i, imagePullPolicy: Always, terminationMessagePolicy: File";

  @Test
  void aQuotaIsHeld() {
    namespace("quota");
    account("quota");
    cluster.create(
        core("resourcequotas"),
        "quota",
        "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {pods: '2',"
            + " requests.cpu: 300m, count/configmaps: '1'}}}");
    assertThatThrownBy(() -> pod("quota", "{name: none}", "{containers: [{" + CONTAINER + "}]}"))
        .hasMessage(
            "pods \"none\" is forbidden: failed quota: q: must specify requests.cpu for: c");
    String spec = "{containers: [{" + CONTAINER + ", resources: {requests: {cpu: 200m}}}]}";
    pod("quota", "{name: a}", spec);
    assertThatThrownBy(() -> pod("quota", "{name: b}", spec))
        .hasMessage(
            "pods \"b\" is forbidden: exceeded quota: q, requested: requests.cpu=200m, used:"
                + " requests.cpu=200m, limited: requests.cpu=300m");
    String map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s}}";
    cluster.create(core("configmaps"), "quota", map.formatted("one"));
    assertThatThrownBy(() -> cluster.create(core("configmaps"), "quota", map.formatted("two")))
        .hasMessageContaining(
            "exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited:"
                + " count/configmaps=1");
    cluster.own().delete(core("pods"), "quota", "a", DeleteOptions.now());
    pod("quota", "{name: b}", spec);
  }

  @Test
  void aNamespaceChoosesItsSecurityStandard() {
    for (String level : new String[] {"baseline", "restricted"}) {
      cluster.create(
          core("namespaces"),
          "",
          "{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {pod-security.kubernetes.io/enforce: %s}}}"
              .formatted(level, level));
      account(level);
    }
    String plain = "{containers: [{" + CONTAINER + "}]}";
    pod("baseline", "{name: plain}", plain);
    assertThatThrownBy(
            () ->
                pod(
                    "baseline",
                    "{name: bad}",
                    "{hostPID: true, volumes: [{name: v, hostPath: {path: /, type: ''}}],"
                        + " containers: [{"
                        + CONTAINER
                        + ", securityContext: {privileged: true, capabilities: {add:"
                        + " [NET_ADMIN]}}}]}"))
        .hasMessage(
            "pods \"bad\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces"
                + " (hostPID=true), privileged (container \"c\" must not set"
                + " securityContext.privileged=true), non-default capabilities (container \"c\""
                + " must not include \"NET_ADMIN\" in securityContext.capabilities.add), hostPath"
                + " volumes (volume \"v\")");
    assertThatThrownBy(() -> pod("restricted", "{name: plain}", plain))
        .hasMessageContaining(
            "violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false"
                + " (container \"c\" must set securityContext.allowPrivilegeEscalation=false),"
                + " unrestricted capabilities (container \"c\" must set"
                + " securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or"
                + " container \"c\" must set securityContext.runAsNonRoot=true), seccompProfile"
                + " (pod or container \"c\" must set securityContext.seccompProfile.type to"
                + " \"RuntimeDefault\" or \"Localhost\")");
    pod(
        "restricted",
        "{name: good}",
        "{securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}},"
            + " containers: [{"
            + CONTAINER
            + ", securityContext: {allowPrivilegeEscalation: false, capabilities: {drop:"
            + " [ALL]}}}]}");
  }

  @Test
  void claimsAndPodsGetTheirClasses() {
    cluster.create(
        new GroupVersionResource("storage.k8s.io", "v1", "storageclasses"),
        "",
        "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: usual, annotations:"
            + " {storageclass.kubernetes.io/is-default-class: 'true'}}, provisioner: x,"
            + " reclaimPolicy: Delete, volumeBindingMode: Immediate}");
    KubeObject claim =
        cluster.create(
            core("persistentvolumeclaims"),
            "default",
            "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {accessModes:"
                + " [ReadWriteOnce], volumeMode: Filesystem, resources: {requests: {storage:"
                + " 1Gi}}}}");
    assertThat(claim.toTree().at("/spec/storageClassName").asString()).isEqualTo("usual");
    cluster.create(
        new GroupVersionResource("node.k8s.io", "v1", "runtimeclasses"),
        "",
        "{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: sand}, handler: h,"
            + " overhead: {podFixed: {cpu: 50m}}, scheduling: {nodeSelector: {sand: 'yes'}}}");
    JsonNode spec =
        pod(
                "default",
                "{name: sandy}",
                "{runtimeClassName: sand, containers: [{" + CONTAINER + "}]}")
            .path("spec");
    assertThat(spec.at("/overhead/cpu").asString()).isEqualTo("50m");
    assertThat(spec.at("/nodeSelector/sand").asString()).isEqualTo("yes");
    assertThatThrownBy(
            () ->
                pod(
                    "default",
                    "{name: x}",
                    "{runtimeClassName: none, containers: [{" + CONTAINER + "}]}"))
        .hasMessageContaining("pod rejected: RuntimeClass \"none\" not found");
  }
}
