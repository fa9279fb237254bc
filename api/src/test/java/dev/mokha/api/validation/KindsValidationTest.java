package dev.mokha.api.validation;

import static dev.mokha.api.validation.PodValidationTest.assertOnly;
import static dev.mokha.api.validation.PodValidationTest.tree;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.resource.GroupVersionKind;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/** For each kind one object that is fine, and changes of it that are not. */
class KindsValidationTest {
  private static final String ROLE =
      "{'metadata':{'name':'system:x'},'rules':[{'verbs':['get'],'apiGroups':[''],'resources':['pods']}]}";
  private static final String BINDING =
      "{'metadata':{'name':'b','namespace':'default'},'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':'Role','name':'r'},'subjects':[{'kind':'ServiceAccount','name':'a','namespace':'default'}]}";
  private static final String SLICE =
      "{'metadata':{'name':'s'},'addressType':'IPv4','endpoints':[{'addresses':['10.42.0.5']}],'ports':[{'name':'','port':80,'protocol':'TCP'}]}";
  private static final String INGRESS =
      "{'metadata':{'name':'i'},'spec':{'rules':[{'host':'a.example.com','http':{'paths':[{'path':'/','pathType':'Prefix','backend':{'service':{'name':'web','port':{'number':80}}}}]}}]}}";
  private static final String POLICY =
      "{'metadata':{'name':'n'},'spec':{'podSelector':{},'ingress':[{'from':[{'podSelector':{}}],'ports':[{'protocol':'TCP','port':80}]}],'policyTypes':['Ingress']}}";
  private static final String CLAIM =
      "{'metadata':{'name':'c'},'spec':{'accessModes':['ReadWriteOnce'],'resources':{'requests':{'storage':'1Gi'}}}}";
  private static final String VOLUME =
      "{'metadata':{'name':'v'},'spec':{'capacity':{'storage':'1Gi'},'accessModes':['ReadWriteOnce'],'persistentVolumeReclaimPolicy':'Retain','hostPath':{'path':'/data'}}}";
  private static final String LIMITS =
      "{'metadata':{'name':'l'},'spec':{'limits':[{'type':'Container','max':{'cpu':'2'},'min':{'cpu':'100m'},'default':{'cpu':'1'}}]}}";
  private static final String HOOK =
      "{'metadata':{'name':'h'},'webhooks':[{'name':'a.example.com','sideEffects':'None','admissionReviewVersions':['v1'],'clientConfig':{'url':'https://x/y'},'rules':[{'operations':['CREATE'],'apiGroups':[''],'apiVersions':['v1'],'resources':['pods']}]}]}";
  private static final String CRD =
      "{'metadata':{'name':'cups.example.com'},'spec':{'group':'example.com','scope':'Namespaced','names':{'plural':'cups','singular':'cup','kind':'Cup','listKind':'CupList'},'versions':[{'name':'v1','served':true,'storage':true,'schema':{'openAPIV3Schema':{'type':'object'}}}]}}";
  private static final String SCALER =
      "{'metadata':{'name':'s'},'spec':{'scaleTargetRef':{'kind':'Deployment','name':'web','apiVersion':'apps/v1'},'minReplicas':1,'maxReplicas':3,'metrics':[{'type':'Resource','resource':{'name':'cpu','target':{'type':'Utilization','averageUtilization':80}}}]}}";
  private static final String SERVICE_ENTRY =
      "{'metadata':{'name':'v1.example.com'},'spec':{'group':'example.com','version':'v1','groupPriorityMinimum':100,'versionPriority':10,'insecureSkipTLSVerify':true,'service':{'namespace':'a','name':'b'}}}";

  static Stream<Arguments> sound() {
    return Stream.of(
        Arguments.of(
            "networking.k8s.io/v1",
            "IPAddress",
            "{'metadata':{'name':'2001:db8::1'},'spec':{'parentRef':{'resource':'services','name':'web','namespace':'default'}}}"),
        Arguments.of(
            "networking.k8s.io/v1",
            "ServiceCIDR",
            "{'metadata':{'name':'kubernetes'},'spec':{'cidrs':['10.43.0.0/16']}}"),
        Arguments.of(
            "apps/v1",
            "ControllerRevision",
            "{'metadata':{'name':'r'},'revision':1,'data':{'a':1}}"),
        Arguments.of(
            "events.k8s.io/v1",
            "Event",
            "{'metadata':{'name':'e','namespace':'default'},'eventTime':'2026-01-01T00:00:00.000000Z','reportingController':'kubelet','reportingInstance':'n1','action':'Starting','reason':'Started','type':'Normal'}"),
        Arguments.of("rbac.authorization.k8s.io/v1", "ClusterRole", ROLE),
        Arguments.of("rbac.authorization.k8s.io/v1", "RoleBinding", BINDING),
        Arguments.of("discovery.k8s.io/v1", "EndpointSlice", SLICE),
        Arguments.of("networking.k8s.io/v1", "Ingress", INGRESS),
        Arguments.of("networking.k8s.io/v1", "NetworkPolicy", POLICY),
        Arguments.of("v1", "PersistentVolumeClaim", CLAIM),
        Arguments.of("v1", "PersistentVolume", VOLUME),
        Arguments.of("v1", "LimitRange", LIMITS),
        Arguments.of("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", HOOK),
        Arguments.of("apiextensions.k8s.io/v1", "CustomResourceDefinition", CRD),
        Arguments.of("autoscaling/v2", "HorizontalPodAutoscaler", SCALER),
        Arguments.of("apiregistration.k8s.io/v1", "APIService", SERVICE_ENTRY),
        Arguments.of("v1", "ServiceAccount", "{'metadata':{'name':'default'}}"),
        Arguments.of(
            "v1",
            "Namespace",
            "{'metadata':{'name':'default'},'spec':{'finalizers':['kubernetes']}}"),
        Arguments.of(
            "v1",
            "Node",
            "{'metadata':{'name':'n1'},'spec':{'podCIDR':'10.42.0.0/24','podCIDRs':['10.42.0.0/24'],'taints':[{'key':'node.kubernetes.io/not-ready','effect':'NoSchedule'}]}}"),
        Arguments.of(
            "v1", "Secret", "{'metadata':{'name':'s'},'type':'Opaque','data':{'a':'Yg=='}}"),
        Arguments.of(
            "v1",
            "Endpoints",
            "{'metadata':{'name':'e'},'subsets':[{'addresses':[{'ip':'10.0.0.1'}],'ports':[{'port':80,'protocol':'TCP'}]}]}"),
        Arguments.of(
            "policy/v1",
            "PodDisruptionBudget",
            "{'metadata':{'name':'p'},'spec':{'minAvailable':'50%','selector':{'matchLabels':{'a':'b'}}}}"),
        Arguments.of(
            "scheduling.k8s.io/v1",
            "PriorityClass",
            "{'metadata':{'name':'system-node-critical'},'value':2000001000}"),
        Arguments.of(
            "v1",
            "ResourceQuota",
            "{'metadata':{'name':'q'},'spec':{'hard':{'pods':'10','requests.cpu':'2'},'scopes':['NotBestEffort']}}"),
        Arguments.of(
            "coordination.k8s.io/v1",
            "Lease",
            "{'metadata':{'name':'n1'},'spec':{'leaseDurationSeconds':40}}"),
        Arguments.of(
            "node.k8s.io/v1", "RuntimeClass", "{'metadata':{'name':'r'},'handler':'runc'}"),
        Arguments.of(
            "networking.k8s.io/v1",
            "IngressClass",
            "{'metadata':{'name':'i'},'spec':{'controller':'mokha.dev/ingress'}}"),
        Arguments.of(
            "storage.k8s.io/v1",
            "StorageClass",
            "{'metadata':{'name':'s'},'provisioner':'mokha.dev/local','volumeBindingMode':'Immediate','reclaimPolicy':'Delete'}"),
        Arguments.of(
            "v1",
            "Event",
            "{'metadata':{'name':'e','namespace':'default'},'involvedObject':{'namespace':'default'}}"));
  }

  @ParameterizedTest
  @MethodSource("sound")
  void findsNothingWrong(String apiVersion, String kind, String object) {
    ObjectValidator rules = Validation.forKind(GroupVersionKind.of(apiVersion, kind));
    assertThat(rules.validateCreate(tree(object))).isEmpty();
    assertThat(rules.validateUpdate(tree(object), tree(object))).isEmpty();
    assertThat(rules.validateSubresourceUpdate("status", tree(object), tree(object))).isEmpty();
  }

  static Stream<Arguments> unsound() {
    String rbac = "rbac.authorization.k8s.io/v1";
    String net = "networking.k8s.io/v1";
    return Stream.of(
        Arguments.of(
            "networking.k8s.io/v1",
            "IPAddress",
            "{'metadata':{'name':'x'},'spec':{'parentRef':{'resource':'services','name':'web'}}}",
            "metadata.name",
            "Invalid value: \"x\": must be a valid IP address"),
        Arguments.of(
            "events.k8s.io/v1",
            "Event",
            "{'metadata':{'name':'e','namespace':'default'},'eventTime':'2026-01-01T00:00:00.000000Z','reportingController':'kubelet','reportingInstance':'n1','reason':'Started','type':'Normal'}",
            "action",
            "Required value"),
        Arguments.of(
            rbac,
            "ClusterRole",
            ROLE.replace("['get']", "[]"),
            "rules[0].verbs",
            "Required value: verbs must contain at least one value"),
        Arguments.of(
            rbac,
            "ClusterRole",
            ROLE.replace("system:x", "a/b"),
            "metadata.name",
            "Invalid value: \"a/b\": may not contain '/'"),
        Arguments.of(
            rbac,
            "RoleBinding",
            BINDING.replace("'kind':'Role'", "'kind':'Pod'"),
            "roleRef.kind",
            "Unsupported value: \"Pod\": supported values: \"Role\", \"ClusterRole\""),
        Arguments.of(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            SLICE.replace("10.42.0.5", "2001:db8::1"),
            "endpoints[0].addresses",
            "Invalid value: \"2001:db8::1\": must be an IPv4 address"),
        Arguments.of(
            net,
            "Ingress",
            INGRESS.replace("Prefix", "Regex"),
            "spec.rules[0].http.paths[0].pathType",
            "Unsupported value: \"Regex\": supported values: \"Exact\", \"ImplementationSpecific\","
                + " \"Prefix\""),
        Arguments.of(
            net,
            "Ingress",
            "{'metadata':{'name':'i'},'spec':{}}",
            "spec",
            "Invalid value: {}: either `defaultBackend` or `rules` must be specified"),
        Arguments.of(
            net,
            "NetworkPolicy",
            POLICY.replace("[{'podSelector':{}}]", "[{}]"),
            "spec.ingress[0].from[0]",
            "Required value: must specify a peer"),
        Arguments.of(
            "v1",
            "PersistentVolumeClaim",
            CLAIM.replace("['ReadWriteOnce']", "[]"),
            "spec.accessModes",
            "Required value: at least 1 access mode is required"),
        Arguments.of(
            "v1",
            "PersistentVolume",
            VOLUME.replace("/data", "/a/../b"),
            "spec.hostPath.path",
            "Invalid value: \"/a/../b\": must not contain '..'"),
        Arguments.of(
            "v1",
            "LimitRange",
            LIMITS.replace("'default':{'cpu':'1'}", "'default':{'cpu':'3'}"),
            "spec.limits[0].default[cpu]",
            "Invalid value: \"2\": default value 3 is greater than max value 2"),
        Arguments.of(
            "admissionregistration.k8s.io/v1",
            "MutatingWebhookConfiguration",
            HOOK.replace("a.example.com", "a.b"),
            "webhooks[0].name",
            "Invalid value: \"a.b\": should be a domain with at least three segments separated by"
                + " dots"),
        Arguments.of(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            CRD.replace("'name':'cups.example.com'", "'name':'mugs.example.com'"),
            "metadata.name",
            "Invalid value: \"mugs.example.com\": must be spec.names.plural+\".\"+spec.group"),
        Arguments.of(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            SCALER.replace("'maxReplicas':3", "'maxReplicas':0"),
            "spec.maxReplicas",
            "Required value: must be set and greater than 0"),
        Arguments.of(
            "apiregistration.k8s.io/v1",
            "APIService",
            SERVICE_ENTRY.replace("'versionPriority':10", "'versionPriority':0"),
            "spec.versionPriority",
            "Invalid value: 0: must be positive and less than 1000"),
        Arguments.of(
            "v1",
            "Namespace",
            "{'metadata':{'name':'a.b'}}",
            "metadata.name",
            "Invalid value: \"a.b\": must not contain dots"),
        Arguments.of(
            "v1",
            "Node",
            "{'metadata':{'name':'n'},'spec':{'taints':[{'key':'a','effect':'X'}]}}",
            "metadata.taints[0].effect",
            "Unsupported value: \"X\""),
        Arguments.of(
            "v1",
            "Secret",
            "{'metadata':{'name':'s'},'type':'kubernetes.io/tls','data':{'tls.crt':''}}",
            "data[tls.key]",
            "Required value"),
        Arguments.of(
            "v1",
            "Secret",
            "{'metadata':{'name':'s'},'data':{'a/b':''}}",
            "data[a/b]",
            "Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters,"
                + " '-', '_' or '.'"),
        Arguments.of(
            "v1",
            "Endpoints",
            "{'metadata':{'name':'e'},'subsets':[{'addresses':[{'ip':'127.0.0.1'}]}]}",
            "subsets[0].addresses[0].ip",
            "Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8,"
                + " ::1/128)"),
        Arguments.of(
            "policy/v1",
            "PodDisruptionBudget",
            "{'metadata':{'name':'p'},'spec':{'minAvailable':'150%'}}",
            "spec.minAvailable",
            "Invalid value: \"150%\": must not be greater than 100%"),
        Arguments.of(
            "scheduling.k8s.io/v1",
            "PriorityClass",
            "{'metadata':{'name':'p'},'value':1000000001}",
            "value",
            "Forbidden: maximum allowed value of a user defined priority is 1000000000"),
        Arguments.of(
            "v1",
            "ResourceQuota",
            "{'metadata':{'name':'q'},'spec':{'hard':{'pods':'1500m'}}}",
            "spec.hard[pods]",
            "Invalid value: \"1500m\": must be an integer"),
        Arguments.of(
            "coordination.k8s.io/v1",
            "Lease",
            "{'metadata':{'name':'n'},'spec':{'leaseDurationSeconds':0}}",
            "spec.leaseDurationSeconds",
            "Invalid value: 0: must be greater than 0"),
        Arguments.of(
            "node.k8s.io/v1",
            "RuntimeClass",
            "{'metadata':{'name':'r'},'handler':'A'}",
            "handler",
            "Invalid value: \"A\": a lowercase RFC 1123 label"),
        Arguments.of(
            "v1",
            "ConfigMap",
            "{'metadata':{'name':'c','finalizers':['x']}}",
            "metadata.finalizers[0]",
            "Invalid value: \"x\": name is neither a standard finalizer name nor is it fully"
                + " qualified"),
        Arguments.of(
            "v1",
            "ConfigMap",
            "{'metadata':{'name':'c','ownerReferences':[{'apiVersion':'v1','kind':'Pod','name':'','uid':'u'}]}}",
            "metadata.ownerReferences.name",
            "Invalid value: \"\": must not be empty"));
  }

  @ParameterizedTest
  @MethodSource("unsound")
  void namesWhatIsWrong(
      String apiVersion, String kind, String object, String field, String message) {
    assertOnly(
        Validation.forKind(GroupVersionKind.of(apiVersion, kind)).validateCreate(tree(object)),
        field,
        message);
  }

  static Stream<Arguments> changes() {
    String crd = "apiextensions.k8s.io/v1";
    return Stream.of(
        Arguments.of(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            BINDING,
            BINDING.replace("'name':'r'", "'name':'x'"),
            "roleRef",
            "cannot change roleRef"),
        Arguments.of(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            SLICE,
            SLICE.replace("IPv4", "FQDN").replace("10.42.0.5", "a.b"),
            "addressType",
            "field is immutable"),
        Arguments.of(
            crd,
            "CustomResourceDefinition",
            CRD,
            CRD.replace("example.com", "example.org"),
            "spec.group",
            "field is immutable"),
        Arguments.of(
            "v1",
            "PersistentVolumeClaim",
            CLAIM,
            CLAIM.replace("ReadWriteOnce", "ReadOnlyMany"),
            "spec",
            "spec is immutable after creation except"),
        Arguments.of(
            "v1",
            "Secret",
            "{'metadata':{'name':'s'},'type':'Opaque'}",
            "{'metadata':{'name':'s'},'type':'x/y'}",
            "type",
            "field is immutable"),
        Arguments.of(
            "node.k8s.io/v1",
            "RuntimeClass",
            "{'metadata':{'name':'r'},'handler':'a'}",
            "{'metadata':{'name':'r'},'handler':'b'}",
            "handler",
            "field is immutable"));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void refusesAChange(
      String apiVersion, String kind, String old, String updated, String field, String message) {
    ObjectNode before = tree(old);
    ObjectNode after = tree(updated);
    after.withObject("/metadata").setAll((ObjectNode) before.path("metadata").deepCopy());
    assertThat(
            Validation.forKind(GroupVersionKind.of(apiVersion, kind)).validateUpdate(after, before))
        .anySatisfy(
            c -> {
              assertThat(c.field()).isEqualTo(field);
              assertThat(c.message()).contains(message);
            });
  }
}
