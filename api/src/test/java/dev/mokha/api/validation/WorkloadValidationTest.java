package dev.mokha.api.validation;

import static dev.mokha.api.validation.PodValidationTest.assertOnly;
import static dev.mokha.api.validation.PodValidationTest.changed;
import static dev.mokha.api.validation.PodValidationTest.tree;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.resource.GroupVersionKind;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

class WorkloadValidationTest {
  private static final String TEMPLATE =
      """
      {"metadata":{"labels":{"app":"web"}},"spec":{"restartPolicy":"Always","dnsPolicy":"ClusterFirst",
       "containers":[{"name":"web","image":"nginx","imagePullPolicy":"Always","terminationMessagePolicy":"File"}]}}\
      """;

  private static final String DEPLOYMENT =
      """
      {"metadata":{"name":"web","namespace":"default"},
       "spec":{"replicas":1,"progressDeadlineSeconds":600,"selector":{"matchLabels":{"app":"web"}},
         "strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%%","maxUnavailable":"25%%"}},
         "template":%s}}\
      """
          .formatted(TEMPLATE);

  private static final String SERVICE =
      """
      {"metadata":{"name":"web","namespace":"default"},
       "spec":{"type":"ClusterIP","sessionAffinity":"None","clusterIP":"10.43.0.9","clusterIPs":["10.43.0.9"],
         "selector":{"app":"web"},
         "ports":[{"port":80,"targetPort":8080,"protocol":"TCP"}]}}\
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'spec':{'replicas':-1}}|spec.replicas|Invalid value: -1: must be greater than or equal to"
            + " 0",
        "{'spec':{'selector':null}}|spec.selector|Required value",
        "{'spec':{'selector':{}}}|spec.selector|Invalid value: {}: empty selector is invalid for"
            + " deployment",
        "{'spec':{'selector':{'matchLabels':{'app':'api'}}}}|spec.template.metadata.labels|Invalid"
            + " value: {\"app\":\"web\"}: `selector` does not match template `labels`",
        "{'spec':{'progressDeadlineSeconds':0}}|spec.progressDeadlineSeconds|Invalid value: 0: must"
            + " be greater than minReadySeconds",
        "{'spec':{'strategy':{'type':'Recreate','rollingUpdate':{}}}}|spec.strategy.rollingUpdate|Forbidden:"
            + " may not be specified when strategy `type` is 'Recreate'",
        "{'spec':{'strategy':{'type':'RollingUpdate','rollingUpdate':{'maxSurge':0,'maxUnavailable':0}}}}|spec.strategy.rollingUpdate.maxUnavailable|Invalid"
            + " value: 0: may not be 0 when `maxSurge` is 0",
      })
  void refusesADeployment(String change, String field, String message) {
    assertOnly(
        of("apps/v1", "Deployment").validateCreate(changed(DEPLOYMENT, change)), field, message);
  }

  @Test
  void aSelectorStays() {
    ObjectNode old = tree(DEPLOYMENT);
    ObjectNode updated = old.deepCopy();
    updated.withObject("/spec/selector/matchLabels").put("tier", "x");
    updated.withObject("/spec/template/metadata/labels").put("tier", "x");
    assertThat(of("apps/v1", "Deployment").validateCreate(old)).isEmpty();
    assertOnly(
        of("apps/v1", "Deployment").validateUpdate(updated, old),
        "spec.selector",
        "Invalid value: {\"matchLabels\":{\"app\":\"web\",\"tier\":\"x\"}}: field is immutable");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'metadata':{'name':'Web'}}|metadata.name|Invalid value: \"Web\": a lowercase RFC 1123"
            + " label must",
        "{'spec':{'ports':[]}}|spec.ports|Required value",
        "{'spec':{'type':'X'}}|spec.type|Unsupported value: \"X\": supported values: \"ClusterIP\","
            + " \"ExternalName\", \"LoadBalancer\", \"NodePort\"",
        "{'spec':{'ports':[{'port':0,'protocol':'TCP'}]}}|spec.ports[0].port|Invalid value: 0: must"
            + " be between 1 and 65535, inclusive",
        "{'spec':{'ports':[{'port':80,'protocol':'TCP','nodePort':30000}]}}|spec.ports[0].nodePort|Forbidden:"
            + " may not be used when `type` is 'ClusterIP'",
        "{'spec':{'clusterIP':'x','clusterIPs':['x']}}|spec.clusterIPs[0]|Invalid value: \"x\":"
            + " must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        "{'spec':{'sessionAffinity':'Sticky'}}|spec.sessionAffinity|Unsupported value: \"Sticky\":"
            + " supported values: \"ClientIP\", \"None\"",
      })
  void refusesAService(String change, String field, String message) {
    assertOnly(of("v1", "Service").validateCreate(changed(SERVICE, change)), field, message);
  }

  @Test
  void aClusterAddressStays() {
    assertThat(of("v1", "Service").validateUpdate(tree(SERVICE), tree(SERVICE))).isEmpty();
    assertOnly(
        of("v1", "Service")
            .validateUpdate(
                changed(SERVICE, "{'spec':{'clusterIP':'10.43.0.8','clusterIPs':['10.43.0.8']}}"),
                tree(SERVICE)),
        "spec.clusterIPs[0]",
        "Invalid value: [\"10.43.0.8\"]: may not change once set");
  }

  static Stream<Arguments> cronTexts() {
    return Stream.of(
        Arguments.of("*/5 * * * *", ""),
        Arguments.of("0 0 1 JAN sun", ""),
        Arguments.of("1-5,10 */2 ? * 1-5", ""),
        Arguments.of("@hourly", ""),
        Arguments.of("@every 1h30m", ""),
        Arguments.of("* *", "expected exactly 5 fields, found 2: [* *]"),
        Arguments.of("60 * * * *", "end of range (60) above maximum (59): 60"),
        Arguments.of("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        Arguments.of(
            "x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
        Arguments.of("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
        Arguments.of("*/0 * * * *", "step of range should be a positive number: */0"));
  }

  @ParameterizedTest
  @MethodSource("cronTexts")
  void readsCronSchedules(String text, String wrong) {
    assertThat(CronText.check(text)).isEqualTo(wrong);
  }

  @Test
  void aJobsPodsEnd() {
    String job =
        """
        {"metadata":{"name":"j"},"spec":{"completions":1,"parallelism":1,"backoffLimit":6,
          "selector":{"matchLabels":{"app":"web"}},"template":%s}}\
        """
            .formatted(TEMPLATE);
    assertOnly(
        of("batch/v1", "Job").validateCreate(tree(job)),
        "spec.template.spec.restartPolicy",
        "Required value: valid values: \"OnFailure\", \"Never\"");
  }

  @Test
  void immutableDataStays() {
    ObjectNode old = tree("{'metadata':{'name':'c'},'immutable':true,'data':{'a':'b'}}");
    ObjectNode updated = tree("{'metadata':{'name':'c'},'immutable':true,'data':{'a':'c'}}");
    assertOnly(
        of("v1", "ConfigMap").validateUpdate(updated, old),
        "data",
        "Forbidden: field is immutable when `immutable` is set");
    ObjectNode big = tree("{'metadata':{'name':'c'},'data':{}}");
    big.withObject("/data").put("x", "y".repeat(1024 * 1024 + 1));
    assertOnly(
        of("v1", "ConfigMap").validateCreate(big),
        "",
        "Too long: may not be more than 1048576 bytes");
  }

  private static ObjectValidator of(String apiVersion, String kind) {
    return Validation.forKind(GroupVersionKind.of(apiVersion, kind));
  }
}
