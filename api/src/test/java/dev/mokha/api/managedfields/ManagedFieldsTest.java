package dev.mokha.api.managedfields;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.TestSchemas;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class ManagedFieldsTest {
  private static final String POD =
      """
      {'apiVersion':'v1','kind':'Pod','metadata':{'name':'web','namespace':'default','labels':{'app':'web'}},
       'spec':{'containers':[{'name':'web','image':'nginx:1','ports':[{'containerPort':80}]}],
         'nodeSelector':{'disk':'ssd'}}}\
      """;

  private int clock;

  @Test
  void theCreatorOwnsEverything() {
    ObjectNode pod = tracked(null, tree(POD), "kubectl");
    assertThat(pod.at("/metadata/managedFields"))
        .isEqualTo(
            tree("""
            {'x':[{'manager':'kubectl','operation':'Update','apiVersion':'v1','time':'2026-01-01T00:00:01Z',
              'fieldsType':'FieldsV1','fieldsV1':{'f:metadata':{'f:labels':{'.':{},'f:app':{}}},
               'f:spec':{'.':{},'f:containers':{'k:{\\"name\\":\\"web\\"}':{'.':{},'f:image':{},'f:name':{},
                 'f:ports':{'.':{},'k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}':{'.':{},'f:containerPort':{}}}}},
                 'f:nodeSelector':{}}}}]}\
            """)
                .get("x"));
  }

  @Test
  void whoeverChangesAFieldOwnsIt() {
    ObjectNode created = tracked(null, tree(POD), "kubectl");
    ObjectNode changed = created.deepCopy();
    ((ObjectNode) changed.at("/spec/containers/0")).put("image", "nginx:2");
    changed.withObject("/spec").put("nodeName", "n1");
    tracked(created, changed, "scheduler");
    assertThat(fields(changed, "scheduler"))
        .isEqualTo(
            "{\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"web\\\"}\":{\"f:image\":{}}},\"f:nodeName\":{}}}");
    assertThat(fields(changed, "kubectl")).doesNotContain("f:image").contains("f:name");
  }

  @Test
  void whatNobodyChangedStaysAsItIs() {
    ObjectNode created = tracked(null, tree(POD), "kubectl");
    ObjectNode same = created.deepCopy();
    assertThat(tracked(created, same, "other")).isEqualTo(created);
    ((ObjectNode) same.path("metadata")).remove("managedFields");
    assertThat(tracked(created, same, "other")).isEqualTo(created);
  }

  @Test
  void aRemovedFieldBelongsToNobody() {
    ObjectNode created = tracked(null, tree(POD), "kubectl");
    ObjectNode changed = created.deepCopy();
    ((ObjectNode) changed.path("spec")).remove("nodeSelector");
    tracked(created, changed, "other");
    assertThat(changed.toString()).doesNotContain("f:nodeSelector").doesNotContain("\"other\"");
  }

  @Test
  void anEmptyEntryTakesAllOwnershipAway() {
    ObjectNode created = tracked(null, tree(POD), "kubectl");
    ObjectNode reset = created.deepCopy();
    reset.withObject("/metadata").putArray("managedFields").addObject();
    tracked(created, reset, "kubectl");
    assertThat(reset.path("metadata").has("managedFields")).isFalse();
    ObjectNode later = reset.deepCopy();
    later.withObject("/spec").put("nodeName", "n1");
    assertThat(tracked(reset, later, "x").path("metadata").has("managedFields")).isFalse();
    ObjectNode applied = apply(later, "{'spec':{'replicas':1}}", "me", false);
    assertThat(applied.at("/metadata/managedFields").toString()).contains("before-first-apply");
  }

  @Test
  void updatersAreAtMostTen() {
    ObjectNode pod = tracked(null, tree(POD), "m0");
    for (int i = 1; i < 15; i++) {
      ObjectNode next = pod.deepCopy();
      next.withObject("/metadata/annotations").put("a" + i, "x");
      pod = tracked(pod, next, "m" + i);
    }
    JsonNode entries = pod.at("/metadata/managedFields");
    assertThat(entries).hasSize(Managers.MOST_UPDATERS);
    assertThat(entries.toString()).contains("ancient-changes").contains("\"m14\"");
    assertThat(fields(pod, "ancient-changes")).contains("f:image").contains("f:a1");
  }

  @Test
  void applyMergesAndRemovesWhatIsNoLongerWanted() {
    ObjectNode pod =
        apply(
            null,
            "{'metadata':{'name':'web','labels':{'app':'web','old':'x'}},'spec':{'replicas':3,'containers':[{'name':'web','image':'a'},{'name':'log','image':'b'}]}}",
            "me",
            false);
    assertThat(fields(pod, "me"))
        .isEqualTo(
            "{\"f:metadata\":{\"f:labels\":{\"f:app\":{},\"f:old\":{}}},\"f:spec\":{\"f:containers\":{"
                + "\"k:{\\\"name\\\":\\\"log\\\"}\":{\".\":{},\"f:image\":{},\"f:name\":{}},"
                + "\"k:{\\\"name\\\":\\\"web\\\"}\":{\".\":{},\"f:image\":{},\"f:name\":{}}},\"f:replicas\":{}}}");
    ((ObjectNode) pod.at("/spec/containers/1")).putArray("args").add("defaulted");
    ObjectNode changed =
        apply(
            pod,
            "{'metadata':{'name':'web','labels':{'app':'web'}},'spec':{'containers':[{'name':'web','image':'a2'}]}}",
            "me",
            false);
    assertThat(changed.path("spec"))
        .isEqualTo(tree("{'containers':[{'name':'web','image':'a2'}]}"));
    assertThat(changed.at("/metadata/labels")).isEqualTo(tree("{'app':'web'}"));
    assertThat(changed.at("/metadata/name").asString()).isEqualTo("web");
  }

  @Test
  void applyLeavesToOthersWhatIsTheirs() {
    ObjectNode pod =
        apply(
            null,
            "{'metadata':{'name':'web','labels':{'a':'1'}},'spec':{'replicas':1}}",
            "a",
            false);
    ObjectNode both =
        apply(
            pod,
            "{'metadata':{'name':'web','labels':{'b':'2'}},'spec':{'replicas':1}}",
            "b",
            false);
    assertThat(both.at("/metadata/labels")).isEqualTo(tree("{'a':'1','b':'2'}"));
    ObjectNode without = apply(both, "{'metadata':{'name':'web'}}", "a", false);
    assertThat(without.at("/metadata/labels")).isEqualTo(tree("{'b':'2'}"));
    assertThat(without.at("/spec/replicas").asInt()).isEqualTo(1);
    assertThat(without.at("/metadata/managedFields")).hasSize(1);
  }

  @Test
  void applyTellsConflictsUnlessForced() {
    ObjectNode pod = tracked(null, tree(POD), "kubectl");
    String wanted =
        "{'metadata':{'name':'web'},'spec':{'containers':[{'name':'web','image':'nginx:2'}]}}";
    assertThatThrownBy(() -> apply(pod, wanted, "me", false))
        .isInstanceOfSatisfying(
            StatusException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(StatusReason.CONFLICT);
              assertThat(e)
                  .hasMessage(
                      "Apply failed with 1 conflict: conflict with \"kubectl\" using v1:"
                          + " .spec.containers[name=\"web\"].image");
              assertThat(e.details().causes().getFirst().reason())
                  .isEqualTo("FieldManagerConflict");
              assertThat(e.details().causes().getFirst().field())
                  .isEqualTo(".spec.containers[name=\"web\"].image");
            });
    ObjectNode forced = apply(pod, wanted, "me", true);
    assertThat(forced.at("/spec/containers/0/image").asString()).isEqualTo("nginx:2");
    assertThat(fields(forced, "kubectl")).doesNotContain("f:image");
    assertThat(forced.at("/spec/containers/0/ports")).hasSize(1);
  }

  @Test
  void kubectlTakesOverWhatItAppliedFromTheClient() {
    ObjectNode pod = tree(POD);
    ObjectNode config = tree(POD);
    pod.withObject("/metadata/annotations")
        .put("kubectl.kubernetes.io/last-applied-configuration", Json.text(config));
    tracked(null, pod, "kubectl-client-side-apply");
    ((ObjectNode) config.at("/spec/containers/0")).put("image", "nginx:2");
    String wanted = Json.text(config);
    assertThatThrownBy(() -> apply(pod, wanted, "other", false)).hasMessageContaining("conflict");
    ObjectNode applied = apply(pod, wanted, "kubectl", false);
    assertThat(applied.at("/spec/containers/0/image").asString()).isEqualTo("nginx:2");
    assertThat(
            applied
                .at("/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration")
                .asString())
        .contains("nginx:2");

    ObjectNode elsewhere = applied.deepCopy();
    ((ObjectNode) elsewhere.at("/spec/containers/0")).put("image", "nginx:9");
    tracked(applied, elsewhere, "intruder");
    assertThatThrownBy(() -> apply(elsewhere, wanted, "kubectl", false))
        .hasMessageContaining("conflict with \"intruder\" using v1");
  }

  @Test
  void applyingTheSameAgainChangesNothing() {
    String wanted =
        "{'metadata':{'name':'web','labels':{'a':'1'}},'spec':{'containers':[{'name':'web','image':'x'}]}}";
    ObjectNode pod = apply(null, wanted, "me", false);
    assertThat(apply(pod, wanted, "me", false)).isEqualTo(pod);
  }

  @Test
  void applySharesEqualValues() {
    ObjectNode pod = tracked(null, tree(POD), "kubectl");
    ObjectNode applied =
        apply(
            pod,
            "{'metadata':{'name':'web'},'spec':{'containers':[{'name':'web','image':'nginx:1'}]}}",
            "me",
            false);
    assertThat(fields(applied, "kubectl")).contains("f:image");
    assertThat(fields(applied, "me")).contains("f:image");
    assertThat(applied.at("/spec/containers/0/image"))
        .isEqualTo(pod.at("/spec/containers/0/image"));
    assertThat(applied.at("/spec/nodeSelector")).isEqualTo(pod.at("/spec/nodeSelector"));
  }

  @Test
  void applyKeepsTheOrderOfLists() {
    ObjectNode pod =
        tracked(
            null,
            tree(
                "{'metadata':{'name':'w'},'spec':{'containers':[{'name':'a'},{'name':'b'},{'name':'c'}]}}"),
            "k");
    ObjectNode applied =
        apply(
            pod,
            "{'metadata':{'name':'w'},'spec':{'containers':[{'name':'c'},{'name':'new'},{'name':'a'}]}}",
            "me",
            false);
    StringBuilder names = new StringBuilder();
    applied
        .at("/spec/containers")
        .forEach(c -> names.append(c.path("name").asString()).append(' '));
    assertThat(names).hasToString("b c new a ");
  }

  @Test
  void applyRefusesElementsItCannotTellApart() {
    assertThatThrownBy(() -> apply(null, "{'spec':{'containers':[{'image':'x'}]}}", "me", false))
        .hasMessageContaining(
            ".spec.containers: element 0: associative list with keys has an element that omits key"
                + " field \"name\" (and doesn't have default value)");
    assertThatThrownBy(
            () -> apply(null, "{'spec':{'containers':[{'name':'x'},{'name':'x'}]}}", "me", false))
        .hasMessageContaining(".spec.containers: duplicate entries for key [name=\"x\"]");
  }

  private ObjectNode tracked(ObjectNode live, ObjectNode updated, String manager) {
    ManagedFields.track(live, updated, TestSchemas.pod(), write(manager));
    return updated;
  }

  private ObjectNode apply(ObjectNode live, String config, String manager, boolean force) {
    return ServerSideApply.apply(live, tree(config), TestSchemas.pod(), write(manager), force);
  }

  private Write write(String manager) {
    clock++;
    return new Write(
        manager,
        "v1",
        "",
        Instant.parse("2026-01-01T00:00:00Z").plusSeconds(clock),
        Set.of("status"));
  }

  private static String fields(ObjectNode object, String manager) {
    for (JsonNode entry : object.at("/metadata/managedFields")) {
      if (entry.path("manager").asString().equals(manager)) {
        return Json.text(entry.path("fieldsV1"));
      }
    }
    return "";
  }

  private static ObjectNode tree(String json) {
    return (ObjectNode) Json.MAPPER.readTree(json.replace('\'', '"'));
  }
}
