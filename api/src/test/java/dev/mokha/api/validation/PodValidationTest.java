package dev.mokha.api.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class PodValidationTest {
  static final String POD =
      """
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"default","uid":"u1"},
       "spec":{"restartPolicy":"Always","dnsPolicy":"ClusterFirst","terminationGracePeriodSeconds":30,
         "volumes":[{"name":"v","emptyDir":{}}],
         "tolerations":[{"key":"a","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}],
         "containers":[{"name":"web","image":"nginx","imagePullPolicy":"Always",
           "terminationMessagePolicy":"File",
           "ports":[{"containerPort":80,"protocol":"TCP"}],
           "env":[{"name":"A","value":"b"},
             {"name":"N","valueFrom":{"fieldRef":{"apiVersion":"v1","fieldPath":"metadata.name"}}}],
           "volumeMounts":[{"name":"v","mountPath":"/v"}],
           "readinessProbe":{"httpGet":{"path":"/","port":80,"scheme":"HTTP"},"successThreshold":1},
           "resources":{"requests":{"cpu":"100m"},"limits":{"cpu":"200m"}}}]}}\
      """;

  private static final ObjectValidator PODS = Validation.forKind(GroupVersionKind.of("v1", "Pod"));

  @Test
  void aSoundPodIsFine() {
    assertThat(PODS.validateCreate(pod("{}"))).isEmpty();
    assertThat(PODS.validateUpdate(pod("{}"), pod("{}"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'metadata':{'name':'Web'}}|metadata.name|Invalid value: \"Web\": a lowercase RFC 1123"
            + " subdomain must consist of",
        "{'metadata':{'name':''}}|metadata.name|Required value: name or generateName is required",
        "{'metadata':{'labels':{'a b':'c'}}}|metadata.labels|Invalid value: \"a b\": name part must"
            + " consist of",
        "{'spec':{'containers':[]}}|spec.containers|Required value",
        "{'spec':{'restartPolicy':'Sometimes'}}|spec.restartPolicy|Unsupported value:"
            + " \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"",
        "{'spec':{'dnsPolicy':'X'}}|spec.dnsPolicy|Unsupported value: \"X\": supported values:"
            + " \"ClusterFirstWithHostNet\", \"ClusterFirst\", \"Default\", \"None\"",
        "{'spec':{'nodeSelector':{'a':'b c'}}}|spec.nodeSelector|Invalid value: \"b c\": a valid"
            + " label must be an empty string",
        "{'spec':{'volumes':[{'name':'v'}]}}|spec.volumes[0]|Required value: must specify a volume"
            + " type",
        "{'spec':{'hostUsers':false,'hostPID':true}}|spec.hostPID|Forbidden: when"
            + " `hostUsers` is false",
        "{'spec':{'volumes':[{'name':'v','emptyDir':{},'secret':{'secretName':'s'}}]}}|spec.volumes[0].secret|Forbidden:"
            + " may not specify more than 1 volume type",
        "{'spec':{'volumes':[{'name':'w','emptyDir':{}}]}}|spec.containers[0].volumeMounts[0].name|Not"
            + " found: \"v\"",
        "{'spec':{'tolerations':[{'operator':'Equal'}]}}|spec.tolerations[0].operator|Invalid"
            + " value: \"Equal\": operator must be Exists when `key` is empty, which means \"match"
            + " all values and all keys\"",
        "{'spec':{'activeDeadlineSeconds':0}}|spec.activeDeadlineSeconds|Invalid value: 0: must be"
            + " between 1 and 2147483647, inclusive",
        "{'spec':{'securityContext':{'runAsUser':-1}}}|spec.securityContext.runAsUser|Invalid"
            + " value: -1: must be between 0 and 2147483647, inclusive",
        "{'spec':{'topologySpreadConstraints':[{'maxSkew':0,'topologyKey':'zone','whenUnsatisfiable':'DoNotSchedule'}]}}|spec.topologySpreadConstraints[0].maxSkew|Invalid"
            + " value: 0: must be greater than zero",
        "{'spec':{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':[]}}}}}|spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms|Required"
            + " value: must have at least one node selector term",
      })
  void refusesAPod(String change, String field, String message) {
    assertOnly(PODS.validateCreate(pod(change)), field, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'image':''}|image|Required value",
        "{'image':' a'}|image|Invalid value: \" a\": must not have leading or trailing whitespace",
        "{'name':'a.b'}|name|Invalid value: \"a.b\": must not contain dots",
        "{'imagePullPolicy':'X'}|imagePullPolicy|Unsupported value: \"X\": supported values:"
            + " \"Always\", \"IfNotPresent\", \"Never\"",
        "{'ports':[{'containerPort':70000,'protocol':'TCP'}]}|ports[0].containerPort|Invalid value:"
            + " 70000: must be between 1 and 65535, inclusive",
        "{'ports':[{'containerPort':0,'protocol':'TCP'}]}|ports[0].containerPort|Required value",
        "{'env':[{'name':''}]}|env[0].name|Required value",
        "{'env':[{'name':'A','value':'x','valueFrom':{'configMapKeyRef':{'name':'c','key':'k'}}}]}|env[0].valueFrom|Invalid"
            + " value: \"\": may not be specified when `value` is not empty",
        "{'env':[{'name':'A','valueFrom':{'fieldRef':{'apiVersion':'v1','fieldPath':'metadata.foo'}}}]}|env[0].valueFrom.fieldRef.fieldPath|Invalid"
            + " value: \"metadata.foo\": error converting fieldPath: field label not supported:"
            + " metadata.foo",
        "{'resources':{'requests':{'cpu':'2'},'limits':{'cpu':'1'}}}|resources.requests|Invalid"
            + " value: \"2\": must be less than or equal to cpu limit of 1",
        "{'resources':{'requests':{'cpu':'-1'}}}|resources.requests[cpu]|Invalid value: \"-1\":"
            + " must be greater than or equal to 0",
        "{'readinessProbe':{'successThreshold':1}}|readinessProbe|Required value: must specify a"
            + " handler type",
        "{'livenessProbe':{'exec':{'command':['x']},'successThreshold':2}}|livenessProbe.successThreshold|Invalid"
            + " value: 2: must be 1",
        "{'volumeMounts':[{'name':'v','mountPath':''}]}|volumeMounts[0].mountPath|Required value",
        "{'volumeMounts':[{'name':'v','mountPath':'/a','subPath':'../x'}]}|volumeMounts.subPath|Invalid"
            + " value: \"../x\": must not contain '..'",
      })
  void refusesAContainer(String change, String field, String message) {
    ObjectNode pod = pod("{}");
    ((ObjectNode) pod.at("/spec/containers/0")).setAll(tree(change));
    List<StatusCause> causes =
        PODS.validateCreate(pod).stream()
            .filter(c -> c.field().equals("spec.containers[0]." + field))
            .toList();
    assertOnly(causes, "spec.containers[0]." + field, message);
  }

  @Test
  void namesDuplicates() {
    ObjectNode pod = pod("{}");
    pod.withArray("/spec/containers").add(pod.at("/spec/containers/0").deepCopy());
    assertOnly(PODS.validateCreate(pod), "spec.containers[1].name", "Duplicate value: \"web\"");
  }

  @Test
  void onlyAFewFieldsOfAPodMayChange() {
    ObjectNode image = pod("{}");
    ((ObjectNode) image.at("/spec/containers/0")).put("image", "nginx:2");
    assertThat(PODS.validateUpdate(image, pod("{}"))).isEmpty();

    assertOnly(
        PODS.validateUpdate(pod("{'spec':{'dnsPolicy':'Default'}}"), pod("{}")),
        "spec",
        "Forbidden: pod updates may not change fields other than `spec.containers[*].image`");
    assertOnly(
        PODS.validateUpdate(pod("{'spec':{'tolerations':[]}}"), pod("{}")),
        "spec.tolerations",
        "Forbidden: existing toleration can not be modified except its tolerationSeconds");
    assertOnly(
        PODS.validateUpdate(pod("{'metadata':{'uid':'u2'}}"), pod("{}")),
        "metadata.uid",
        "Invalid value: \"u2\": field is immutable");
  }

  @Test
  void aResizeChangesOnlyCpuAndMemory() {
    ObjectNode bigger = pod("{}");
    ObjectNode resources = (ObjectNode) bigger.at("/spec/containers/0/resources");
    resources.withObject("/limits").put("cpu", "300m").put("memory", "1Gi");
    assertThat(PODS.validateSubresourceUpdate("resize", bigger, pod("{}"))).isEmpty();
    ((ObjectNode) bigger.at("/spec/containers/0")).put("image", "x");
    assertOnly(
        PODS.validateSubresourceUpdate("resize", bigger, pod("{}")),
        "spec",
        "Forbidden: only cpu and memory resources are mutable");
  }

  @Test
  void ephemeralContainersAreOnlyAdded() {
    ObjectNode debug =
        pod(
            "{'spec':{'ephemeralContainers':[{'name':'debug','image':'busybox','imagePullPolicy':'Always','terminationMessagePolicy':'File','targetContainerName':'web'}]}}");
    assertThat(PODS.validateSubresourceUpdate("ephemeralcontainers", debug, pod("{}"))).isEmpty();
    assertOnly(
        PODS.validateSubresourceUpdate("ephemeralcontainers", pod("{}"), debug),
        "spec.ephemeralContainers",
        "Forbidden: existing ephemeral containers \"debug\" may not be removed");
  }

  static void assertOnly(List<StatusCause> causes, String field, String message) {
    assertThat(causes).as(causes.toString()).hasSize(1);
    assertThat(causes.getFirst().field()).isEqualTo(field);
    assertThat(causes.getFirst().message()).startsWith(message);
  }

  /** The sound pod, where each member of the change replaces one two levels down. */
  private static ObjectNode pod(String change) {
    return changed(POD, change);
  }

  static ObjectNode changed(String object, String change) {
    ObjectNode pod = tree(object);
    tree(change)
        .properties()
        .forEach(part -> pod.withObject("/" + part.getKey()).setAll((ObjectNode) part.getValue()));
    return pod;
  }

  static ObjectNode tree(String json) {
    return (ObjectNode) Json.MAPPER.readTree(json.replace('\'', '"'));
  }
}
