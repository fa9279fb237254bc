package dev.mokha.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.managedfields.ManagedFields;
import dev.mokha.api.managedfields.ServerSideApply;
import dev.mokha.api.managedfields.Write;
import dev.mokha.api.object.Json;
import dev.mokha.api.patch.StrategicMergePatch;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.api.schema.Defaulting;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.validation.Validation;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * Schema, defaults, patches, ownership and validation on the same objects, as the server has it.
 */
class ObjectsTogetherTest {
  private static final String DEPLOYMENT =
      """
      {'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'web','namespace':'default'},
       'spec':{'replicas':2,'selector':{'matchLabels':{'app':'web'}},
        'template':{'metadata':{'labels':{'app':'web'}},
         'spec':{'containers':[{'name':'web','image':'nginx:1','ports':[{'containerPort':80}],
           'env':[{'name':'A','value':'1'},{'name':'POD','valueFrom':{'fieldRef':{'fieldPath':'metadata.name'}}}],
           'resources':{'requests':{'cpu':'100m'}},'readinessProbe':{'httpGet':{'port':80}}}],
          'volumes':[{'name':'c','configMap':{'name':'x'}},{'name':'s','secret':{'secretName':'y'}}]}}}}\
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        DEPLOYMENT,
        "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p'},'spec':{'containers':[{'name':'a','image':'b'}]}}",
        "{'apiVersion':'v1','kind':'Service','metadata':{'name':'web'},'spec':{'selector':{'app':'web'},'ports':[{'port':80}]}}",
        "{'apiVersion':'v1','kind':'ReplicationController','metadata':{'name':'r'},'spec':{'selector':{'a':'b'},'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'a','image':'b'}]}}}}",
        "{'apiVersion':'apps/v1','kind':'StatefulSet','metadata':{'name':'s'},'spec':{'serviceName':'x','selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'a','image':'b'}]}}}}",
        "{'apiVersion':'apps/v1','kind':'DaemonSet','metadata':{'name':'d'},'spec':{'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'a','image':'b'}]}}}}",
        "{'apiVersion':'batch/v1','kind':'CronJob','metadata':{'name':'c'},'spec':{'schedule':'*/5"
            + " * * *"
            + " *','jobTemplate':{'spec':{'template':{'spec':{'restartPolicy':'Never','containers':[{'name':'a','image':'b'}]}}}}}}",
        "{'apiVersion':'v1','kind':'PersistentVolumeClaim','metadata':{'name':'c'},'spec':{'accessModes':['ReadWriteOnce'],'resources':{'requests':{'storage':'1Gi'}}}}",
        "{'apiVersion':'networking.k8s.io/v1','kind':'NetworkPolicy','metadata':{'name':'n'},'spec':{'podSelector':{},'ingress':[{'ports':[{'port':80}]}]}}",
      })
  void whatPeopleWriteIsSoundOnceDefaulted(String text) {
    ObjectNode object = tree(text);
    GroupVersionKind kind = kind(object);
    Defaulting.apply(object, schema(object));
    assertThat(Validation.forKind(kind).validateCreate(object)).isEmpty();
    assertThat(Validation.forKind(kind).validateUpdate(object, object)).isEmpty();
  }

  @Test
  void applyOwnsOnlyWhatWasWritten() {
    ObjectNode config = tree(DEPLOYMENT);
    ObjectNode applied = ServerSideApply.apply(null, config, schema(config), write("me"), false);
    ObjectNode again = ServerSideApply.apply(applied, config, schema(config), write("me"), false);
    assertThat(again).isEqualTo(applied);
    assertThat(Json.text(applied.at("/metadata/managedFields")))
        .contains(
            "\"k:{\\\"containerPort\\\":80,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},\"f:containerPort\":{}}")
        .contains("\"f:selector\":{}")
        .doesNotContain("f:dnsPolicy")
        .doesNotContain("f:status");
  }

  @Test
  void theCreatorOwnsDefaultsToo() {
    ObjectNode object = tree(DEPLOYMENT);
    Defaulting.apply(object, schema(object));
    ManagedFields.track(null, object, schema(object), write("kubectl-create"));
    assertThat(Json.text(object.at("/metadata/managedFields")))
        .contains("f:dnsPolicy")
        .contains("\"f:rollingUpdate\":{\".\":{},\"f:maxSurge\":{},\"f:maxUnavailable\":{}}")
        .contains("\"k:{\\\"name\\\":\\\"A\\\"}\":{\".\":{},\"f:name\":{},\"f:value\":{}}");
    ObjectNode scaled = object.deepCopy();
    scaled.withObject("/spec").put("replicas", 5);
    ManagedFields.track(object, scaled, schema(scaled), write("hpa"));
    assertThat(Json.text(scaled.at("/metadata/managedFields/0/fieldsV1")))
        .isEqualTo("{\"f:spec\":{\"f:replicas\":{}}}");
  }

  @Test
  void aStrategicPatchMergesEnvByName() {
    ObjectNode live = tree(DEPLOYMENT);
    ObjectNode patched =
        StrategicMergePatch.apply(
            live,
            "{'spec':{'template':{'spec':{'containers':[{'name':'web','env':[{'name':'B','value':'2'},{'name':'A','$patch':'delete'}]}],'volumes':[{'name':'c','$retainKeys':['name','emptyDir'],'emptyDir':{}}]}}}}"
                .replace('\'', '"')
                .getBytes(StandardCharsets.UTF_8),
            schema(live));
    assertThat(Json.text(patched.at("/spec/template/spec/containers/0/env")))
        .isEqualTo(
            "[{\"name\":\"B\",\"value\":\"2\"},{\"name\":\"POD\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"metadata.name\"}}}]");
    assertThat(patched.at("/spec/template/spec/volumes/0"))
        .isEqualTo(tree("{'name':'c','emptyDir':{}}"));
  }

  private static Write write(String manager) {
    return new Write(
        manager, "apps/v1", "", Instant.parse("2026-01-01T00:00:00Z"), Set.of("status"));
  }

  private static ObjectSchema schema(ObjectNode object) {
    return BuiltinSchemas.get().byKind(kind(object)).orElseThrow();
  }

  private static GroupVersionKind kind(ObjectNode object) {
    return GroupVersionKind.of(
        object.path("apiVersion").asString(), object.path("kind").asString());
  }

  private static ObjectNode tree(String json) {
    return (ObjectNode) Json.MAPPER.readTree(json.replace('\'', '"'));
  }
}
