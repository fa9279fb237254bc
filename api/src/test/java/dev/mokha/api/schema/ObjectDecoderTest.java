package dev.mokha.api.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObjectDecoderTest {
  private static final GroupVersionKind DEPLOYMENT =
      new GroupVersionKind("apps", "v1", "Deployment");
  private static final GroupVersionKind POD = new GroupVersionKind("", "v1", "Pod");

  private static ObjectDecoder.Decoded decode(GroupVersionKind kind, String json) {
    return ObjectDecoder.json(
        json.replace('\'', '"').getBytes(StandardCharsets.UTF_8),
        kind,
        BuiltinSchemas.get().byKind(kind).orElseThrow());
  }

  @Test
  void unknownAndDuplicateFieldsAreNamedAndDropped() {
    ObjectDecoder.Decoded decoded =
        decode(
            DEPLOYMENT,
            "{'metadata':{'name':'a','nmae':1},'spec':{'replicas':1,'replicas':2,'foo':{},"
                + "'template':{'spec':{'containers':[{'name':'c'},{'name':'d','imag':'x'}]}}}}");
    assertThat(decoded.problems())
        .containsExactly(
            "unknown field \"metadata.nmae\"",
            "duplicate field \"spec.replicas\"",
            "unknown field \"spec.foo\"",
            "unknown field \"spec.template.spec.containers[1].imag\"");
    assertThat(Json.text(decoded.tree()).replace('"', '\''))
        .isEqualTo(
            "{'metadata':{'name':'a'},'spec':{'replicas':2,"
                + "'template':{'spec':{'containers':[{'name':'c'},{'name':'d'}]}}}}");
    assertThatThrownBy(() -> decoded.refuseIf(FieldValidation.STRICT))
        .isInstanceOf(StatusException.class)
        .hasMessageStartingWith(
            "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error:"
                + " unknown field \"metadata.nmae\", duplicate field \"spec.replicas\"");
    decoded.refuseIf(FieldValidation.WARN);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'spec':{'replicas':'three'}}|string into Go struct field DeploymentSpec.spec.replicas of"
            + " type int32",
        "{'spec':{'replicas':1.5}}|number 1.5 into Go struct field DeploymentSpec.spec.replicas of"
            + " type int32",
        "{'spec':'x'}|string into Go struct field Deployment.spec of type v1.DeploymentSpec",
        "{'spec':{'template':{'spec':{'containers':{}}}}}|object into Go struct field"
            + " PodSpec.spec.template.spec.containers of type []v1.Container",
        "{'spec':{'template':{'spec':{'containers':[{'env':[{'name':'A','value':1}]}]}}}}|number"
            + " into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
        "{'metadata':{'labels':{'a':1}}}|number into Go struct field ObjectMeta.metadata.labels"
            + " of type string",
        "{'metadata':{'labels':[]}}|array into Go struct field ObjectMeta.metadata.labels of type"
            + " map[string]string",
        "{'spec':{'template':{'spec':{'restartPolicy':1}}}}|number into Go struct field"
            + " PodSpec.spec.template.spec.restartPolicy of type v1.RestartPolicy",
        "{'spec':{'strategy':{'rollingUpdate':{'maxSurge':true}}}}|bool into Go struct field"
            + " RollingUpdateDeployment.spec.strategy.rollingUpdate.maxSurge of type int32",
        "{'metadata':{'creationTimestamp':5}}|number into Go struct field"
            + " ObjectMeta.metadata.creationTimestamp of type string",
        "{'spec':{'paused':'yes'}}|string into Go struct field DeploymentSpec.spec.paused of type"
            + " bool",
      })
  void wrongTypesAreRefusedInTheWordsOfUpstream(String body, String message) {
    assertThatThrownBy(() -> decode(DEPLOYMENT, body))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.code()).isEqualTo(400))
        .hasMessage(
            "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot"
                + " unmarshal "
                + message);
  }

  @Test
  void valuesAreBroughtIntoTheirKeptForm() {
    ObjectDecoder.Decoded decoded =
        decode(
            POD,
            "{'metadata':{'creationTimestamp':'2026-01-02T05:04:05.7+02:00','labels':{}},"
                + "'spec':{'nodeName':null,'hostname':'','hostPID':false,'enableServiceLinks':false,'volumes':[{'emptyDir':{},'name':'v'}],"
                + "'tolerations':[],'containers':[{'resources':{'requests':"
                + "{'cpu':0.5,'memory':'1024Mi'},'limits':{}}}]}}");
    assertThat(decoded.problems()).isEmpty();
    assertThat(Json.text(decoded.tree()).replace('"', '\''))
        .isEqualTo(
            "{'metadata':{'creationTimestamp':'2026-01-02T03:04:05Z'},"
                + "'spec':{'enableServiceLinks':false,'volumes':[{'emptyDir':{},'name':'v'}],"
                + "'containers':[{'resources':{'requests':{'cpu':'500m','memory':'1Gi'}}}]}}");
  }

  @Test
  void whatIsNotJsonIsABadRequest() {
    assertThatThrownBy(() -> decode(POD, "{'metadata':"))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.code()).isEqualTo(400));
    assertThatThrownBy(() -> decode(POD, "[]"))
        .hasMessage(
            "the object provided is unrecognized (must be of type Pod): couldn't get version/kind;"
                + " json parse error: json: cannot unmarshal array into Go value of type struct {"
                + " APIVersion string \"json:\\\"apiVersion,omitempty\\\"\";"
                + " Kind string \"json:\\\"kind,omitempty\\\"\" } (5b5d)");
    assertThatThrownBy(() -> decode(POD, "{"))
        .hasMessageEndingWith("json parse error: unexpected end of JSON input ({)");
    assertThatThrownBy(() -> decode(POD, "{'a':}"))
        .hasMessageEndingWith("invalid character '}' looking for beginning of value ({\"a\":})");
    assertThatThrownBy(() -> decode(POD, "{}}"))
        .hasMessageEndingWith("invalid character '}' after top-level value ({}})");
    assertThatThrownBy(
            () -> decode(POD, "{'spec':{'containers':[{'resources':{'limits':{'cpu':'x'}}}]}}"))
        .hasMessage(
            "Pod in version \"v1\" cannot be handled as a Pod: quantities must match the regular"
                + " expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }

  @Test
  void yamlIsReadLikeJson() {
    ObjectDecoder.Decoded decoded =
        ObjectDecoder.yaml(
            "metadata:\n  name: a\nspec:\n  replicas: 3\n  bar: 1\n"
                .getBytes(StandardCharsets.UTF_8),
            DEPLOYMENT,
            BuiltinSchemas.get().byKind(DEPLOYMENT).orElseThrow());
    assertThat(decoded.tree().at("/spec/replicas").intValue()).isEqualTo(3);
    assertThat(decoded.problems()).containsExactly("unknown field \"spec.bar\"");
  }

  @Test
  void fieldValidationKnowsThreeWords() {
    assertThat(FieldValidation.of(null)).isEqualTo(FieldValidation.WARN);
    assertThat(FieldValidation.of("Strict")).isEqualTo(FieldValidation.STRICT);
    assertThatThrownBy(() -> FieldValidation.of("strict", "PatchOptions"))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.code()).isEqualTo(422))
        .hasMessage(
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value:"
                + " \"strict\": supported values: \"Ignore\", \"Strict\", \"Warn\"");
  }
}
