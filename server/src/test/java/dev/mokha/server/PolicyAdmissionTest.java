package dev.mokha.server;

import static dev.mokha.server.SecureCluster.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.server.SecureCluster.Answer;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What admission policies make of requests. */
final class PolicyAdmissionTest {
  private static final String CONFIGS = "/apis/admissionregistration.k8s.io/v1/";
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";

  private static Store store;
  private static SecureCluster cluster;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    store = MemoryStore.create();
    cluster = new SecureCluster(directory, store);
  }

  @AfterAll
  static void stop() {
    cluster.close();
    store.close();
  }

  @AfterEach
  void tidy() throws Exception {
    for (String kind : List.of("mutating", "validating")) {
      cluster.send(ADMIN, "DELETE", CONFIGS + kind + "admissionpolicybindings", null);
      cluster.send(ADMIN, "DELETE", CONFIGS + kind + "admissionpolicies", null);
    }
    cluster.send(ADMIN, "DELETE", MAPS, null);
  }

  private static void post(String path, String yaml) throws Exception {
    Answer made = cluster.post(ADMIN, path, yaml);
    assertThat(made.code()).as(made.message()).isEqualTo(201);
  }

  private static void validating(String name, String spec, String binding) throws Exception {
    policy("Validating", name, spec, binding);
  }

  private static void policy(String kind, String name, String spec, String binding)
      throws Exception {
    String path = CONFIGS + kind.toLowerCase(java.util.Locale.ROOT);
    post(
        path + "admissionpolicies",
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: %sAdmissionPolicy
        metadata: {name: %s}
        spec:
          matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: ["v1"], operations: [CREATE, UPDATE], resources: [configmaps]}]}
        %s
        """
            .formatted(kind, name, spec.indent(2)));
    post(
        path + "admissionpolicybindings",
        """
        {apiVersion: admissionregistration.k8s.io/v1, kind: %sAdmissionPolicyBinding,
         metadata: {name: %s-b}, spec: {policyName: %s, %s}}
        """
            .formatted(kind, name, name, binding));
  }

  private static Answer create(String name, String data) throws Exception {
    return cluster.post(
        ADMIN,
        MAPS,
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s}, data: {%s}}"
            .formatted(name, data));
  }

  @Test
  void aBrokenRuleRefusesInItsOwnWords() throws Exception {
    validating(
        "p",
        """
        variables:
        - {name: k, expression: "object.data.k"}
        - {name: twice, expression: "variables.k + variables.k"}
        validations:
        - {expression: "variables.k != 'bad'", messageExpression: "'k is ' + variables.twice", reason: Forbidden}
        - {expression: "variables.k != 'worse'", message: " not that "}
        - {expression: "variables.k != 'worst'"}
        """,
        "validationActions: [Deny]");
    assertThat(create("good", "k: good").code()).isEqualTo(201);
    Answer bad = create("bad", "k: bad");
    assertThat(bad.code()).isEqualTo(403);
    assertThat(bad.message())
        .isEqualTo(
            "configmaps \"bad\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p-b'"
                + " denied request: k is badbad");
    assertThat(bad.body().path("reason").asString()).isEqualTo("Forbidden");
    assertThat(bad.body().at("/details/causes/0/message").asString())
        .isEqualTo("ValidatingAdmissionPolicy 'p' with binding 'p-b' denied request: k is badbad");
    Answer worse = create("worse", "k: worse");
    assertThat(worse.code()).isEqualTo(422);
    assertThat(worse.message()).endsWith("denied request: not that");
    assertThat(create("worst", "k: worst").message())
        .endsWith("denied request: failed expression: variables.k != 'worst'");
    Answer without = create("none", "j: x");
    assertThat(without.message())
        .endsWith(
            "denied request: expression 'variables.k != 'bad'' resulted in error: composited"
                + " variable \"k\" fails to evaluate: no such key: k");
  }

  @Test
  void whatHasNoValuePassesWhenThePolicySaysSo() throws Exception {
    validating(
        "p",
        "failurePolicy: Ignore\nvalidations: [{expression: \"object.data.k == 'x'\"}]",
        "validationActions: [Deny]");
    assertThat(create("ignored", "j: x").code()).isEqualTo(201);
    assertThat(create("judged", "k: y").code()).isEqualTo(422);
  }

  @Test
  void bindingsMayOnlyWarn() throws Exception {
    validating(
        "p",
        "validations: [{expression: \"has(object.data.k)\", message: k is missing}]",
        "validationActions: [Warn, Audit]");
    Answer made = create("warned", "j: x");
    assertThat(made.code()).isEqualTo(201);
    assertThat(made.warnings())
        .containsExactly(
            "299 - \"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p-b': k is"
                + " missing\"");
  }

  @Test
  void matchConditionsAndBindingsNarrowWhatIsJudged() throws Exception {
    validating(
        "p",
        """
        matchConditions: [{name: c, expression: "!object.metadata.name.startsWith('free')"}]
        validations: [{expression: "false", message: never}]
        """,
        "validationActions: [Deny], matchResources: {objectSelector: {matchExpressions: [{key: off,"
            + " operator: DoesNotExist}]}}");
    assertThat(create("free-1", "a: b").code()).isEqualTo(201);
    assertThat(create("held", "a: b").code()).isEqualTo(422);
    assertThat(
            cluster
                .post(
                    ADMIN,
                    MAPS,
                    "{apiVersion: v1, kind: ConfigMap, metadata: {name: off, labels: {off: y}}}")
                .code())
        .isEqualTo(201);
  }

  @Test
  void expressionsSeeTheRequestTheNamespaceAndTheAuthorizer() throws Exception {
    validating(
        "p",
        """
        validations:
        - {expression: "request.operation == 'CREATE' && request.userInfo.groups.exists(g, g == 'system:masters')"}
        - {expression: "namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'default'"}
        - {expression: "authorizer.requestResource.check('create').allowed()"}
        - {expression: "!authorizer.serviceAccount('default', 'nobody').group('').resource('secrets').namespace('default').check('get').allowed()"}
        - {expression: "oldObject == null && request.kind.kind == 'ConfigMap' && !request.dryRun"}
        """,
        "validationActions: [Deny]");
    Answer made = create("seen", "a: b");
    assertThat(made.code()).as(made.message()).isEqualTo(201);
  }

  @Test
  void parametersComeFromObjects() throws Exception {
    post(
        "/api/v1/namespaces/default/secrets",
        "{apiVersion: v1, kind: Secret, metadata: {name: limits, labels: {for: p}}, stringData:"
            + " {a: b}, type: max/3}");
    validating(
        "p",
        """
        paramKind: {apiVersion: v1, kind: Secret}
        validations: [{expression: "object.data.size() < int(params.type.split('/')[1])", message: too much}]
        """,
        "validationActions: [Deny], paramRef: {name: limits, parameterNotFoundAction: Deny}");
    assertThat(create("few", "a: a, b: b").code()).isEqualTo(201);
    assertThat(create("many", "a: a, b: b, c: c").message()).endsWith("denied request: too much");
    cluster.send(ADMIN, "DELETE", "/api/v1/namespaces/default/secrets/limits", null);
    assertThat(create("none", "a: a").message())
        .endsWith(
            "denied request: failed to configure binding: no params found for policy binding with"
                + " `Deny` parameterNotFoundAction");
  }

  @Test
  void tooCostlyExpressionsAreCancelled() throws Exception {
    validating(
        "p",
        "validations: [{expression: \"object.data.k.split('').all(a,"
            + " object.data.k.split('').all(b, object.data.k.split('').all(c, a + b + c !="
            + " 'zzz')))\"}]",
        "validationActions: [Deny]");
    Answer refused = create("costly", "k: " + "x".repeat(2000));
    assertThat(refused.code()).isEqualTo(422);
    assertThat(refused.message())
        .containsAnyOf("actual cost limit exceeded", "running out of cost budget");
  }

  @Test
  void aMutatingPolicyAppliesAndPatches() throws Exception {
    policy(
        "Mutating",
        "m",
        """
        reinvocationPolicy: Never
        variables: [{name: from, expression: "'policy'"}]
        mutations:
        - {patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{metadata: Object.metadata{labels: {'from': variables.from}}}"}}
        - {patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('a'), value: object.metadata.labels['from'] + '!'}]"}}
        """,
        "matchResources: {}");
    JsonNode made = create("mutated", "k: v").body();
    assertThat(made.at("/metadata/labels/from").asString()).isEqualTo("policy");
    assertThat(made.path("data").toString()).isEqualTo("{\"k\":\"v\",\"a\":\"policy!\"}");
  }

  @Test
  void aMutationThatFailsRefuses() throws Exception {
    policy(
        "Mutating",
        "m",
        """
        reinvocationPolicy: IfNeeded
        mutations:
        - {patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'remove', path: '/data/none'}]"}}
        """,
        "matchResources: {}");
    Answer refused = create("x", "k: v");
    assertThat(refused.code()).isEqualTo(403);
    assertThat(refused.message()).startsWith("policy 'm' with binding 'm-b' denied request: ");
  }

  @Test
  void aPolicyRunsAgainWhenALaterOneChangedTheObject() throws Exception {
    policy(
        "Mutating",
        "a",
        """
        reinvocationPolicy: IfNeeded
        matchConditions: [{name: c, expression: "has(object.data.b)"}]
        mutations:
        - {patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/data/a', value: 'saw b'}]"}}
        """,
        "matchResources: {}");
    policy(
        "Mutating",
        "b",
        """
        reinvocationPolicy: Never
        mutations:
        - {patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/data/b', value: 'x'}]"}}
        """,
        "matchResources: {}");
    assertThat(create("again", "k: v").body().at("/data/a").asString()).isEqualTo("saw b");
  }

  @Test
  void expressionsAreCompiledBeforeTheyAreStored() throws Exception {
    Answer refused =
        cluster.post(
            ADMIN,
            CONFIGS + "validatingadmissionpolicies",
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicy
            metadata: {name: x}
            spec:
              matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: ["v1"], operations: [CREATE], resources: [configmaps]}]}
              matchConditions: [{name: c, expression: "'a'"}]
              variables: [{name: k, expression: "variables.q"}]
              validations: [{expression: "1", message: "a\\nb"}, {expression: "foo.bar"}]
            """);
    assertThat(refused.code()).isEqualTo(422);
    List<String> causes =
        refused
            .body()
            .at("/details/causes")
            .valueStream()
            .map(c -> c.path("field").asString() + " " + c.path("message").asString())
            .toList();
    assertThat(causes)
        .containsExactly(
            "spec.matchConditions[0].expression Invalid value: \"'a'\": must evaluate to bool but"
                + " got string",
            "spec.variables[0].expression Invalid value: \"variables.q\": compilation failed:"
                + " ERROR: <input>:1:10: undefined field 'q'\n | variables.q\n | .........^",
            "spec.validations[0].expression Invalid value: \"1\": must evaluate to bool but got"
                + " int",
            "spec.validations[0].message Invalid value: \"a\\nb\": must not contain line breaks",
            "spec.validations[1].expression Invalid value: \"foo.bar\": compilation failed: ERROR:"
                + " <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo.bar\n |"
                + " ^");
  }

  @Test
  void webhooksHaveMatchConditionsToo() throws Exception {
    String hook =
        """
        {apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration,
         metadata: {name: conditional}, webhooks: [{name: a.b.c, sideEffects: None,
         admissionReviewVersions: [v1], clientConfig: {url: "https://127.0.0.1:1/"},
         rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [configmaps]}],
         matchConditions: [{name: c, expression: "%s"}]}]}
        """;
    String path = CONFIGS + "validatingwebhookconfigurations";
    assertThat(cluster.post(ADMIN, path, hook.formatted("foo")).code()).isEqualTo(422);
    post(path, hook.formatted("object.data.k == 'ask'"));
    try {
      assertThat(create("unasked", "k: v").code()).isEqualTo(201);
      assertThat(create("asked", "k: ask").code()).isEqualTo(500);
      Answer noValue = create("novalue", "j: v");
      assertThat(noValue.code()).isEqualTo(403);
      assertThat(noValue.message())
          .isEqualTo(
              "configmaps \"novalue\" is forbidden: expression 'object.data.k == 'ask'' resulted"
                  + " in error: no such key: k");
    } finally {
      cluster.send(ADMIN, "DELETE", path, null);
    }
  }
}
