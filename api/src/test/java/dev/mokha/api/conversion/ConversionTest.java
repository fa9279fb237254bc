package dev.mokha.api.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class ConversionTest {
  private static final GroupVersionKind V1 =
      GroupVersionKind.of("autoscaling/v1", "HorizontalPodAutoscaler");
  private static final GroupVersionKind V2 =
      GroupVersionKind.of("autoscaling/v2", "HorizontalPodAutoscaler");

  @Test
  void autoscalersComeBackAsTheyWere() {
    ObjectNode v2 =
        tree(
            """
            {'apiVersion':'autoscaling/v2','kind':'HorizontalPodAutoscaler','metadata':{'name':'s'},
             'spec':{'maxReplicas':3,'metrics':[
               {'type':'Resource','resource':{'name':'cpu','target':{'averageUtilization':70,'type':'Utilization'}}},
               {'type':'Resource','resource':{'name':'memory','target':{'averageValue':'1Gi','type':'AverageValue'}}},
               {'type':'Pods','pods':{'metric':{'name':'rps','selector':{'matchLabels':{'a':'b'}}},'target':{'averageValue':'10','type':'AverageValue'}}},
               {'type':'Object','object':{'describedObject':{'kind':'Service','name':'x'},'metric':{'name':'hits'},'target':{'value':'5','type':'Value'}}},
               {'type':'External','external':{'metric':{'name':'queue','selector':{}},'target':{'value':'5','type':'Value'}}}],
               'behavior':{'scaleDown':{'stabilizationWindowSeconds':60}}},
             'status':{'desiredReplicas':1,'conditions':[{'type':'AbleToScale','status':'True'}],
               'currentMetrics':[{'type':'Resource','resource':{'name':'cpu','current':{'averageUtilization':7,'averageValue':'7m'}}}]}}\
            """);
    ObjectNode v1 = Conversion.convert(v2, V1);
    assertThat(v1.at("/spec/targetCPUUtilizationPercentage").asInt()).isEqualTo(70);
    assertThat(v1.at("/status/currentCPUUtilizationPercentage").asInt()).isEqualTo(7);
    assertThat(v1.path("spec").has("metrics")).isFalse();
    assertThat(v1.at("/metadata/annotations/autoscaling.alpha.kubernetes.io~1metrics").asString())
        .startsWith(
            "[{\"type\":\"Resource\",\"resource\":{\"name\":\"memory\",\"targetAverageValue\":\"1Gi\"}}");
    assertThat(Conversion.convert(v1, V2)).isEqualTo(v2);
  }

  @Test
  void aPlainAutoscalerIsAskedForCpu() {
    ObjectNode v1 =
        tree(
            "{'apiVersion':'autoscaling/v1','kind':'HorizontalPodAutoscaler','metadata':{'name':'s'},'spec':{'maxReplicas':3,'targetCPUUtilizationPercentage':50}}");
    ObjectNode v2 = Conversion.convert(v1, V2);
    assertThat(v2.at("/spec/metrics/0/resource/target/averageUtilization").asInt()).isEqualTo(50);
    assertThat(Conversion.convert(v2, V1)).isEqualTo(v1);
  }

  @Test
  void eventsComeBackAsTheyWere() {
    ObjectNode event =
        tree(
            """
            {'apiVersion':'v1','kind':'Event','metadata':{'name':'e'},'involvedObject':{'kind':'Pod','name':'p'},
             'reason':'Started','message':'it runs','source':{'component':'kubelet'},'count':2,
             'firstTimestamp':'2026-01-01T00:00:00Z','lastTimestamp':'2026-01-01T00:00:01Z','type':'Normal',
             'reportingComponent':'kubelet','reportingInstance':'n1'}\
            """);
    ObjectNode newer = Conversion.convert(event, GroupVersionKind.of("events.k8s.io/v1", "Event"));
    assertThat(newer.path("note").asString()).isEqualTo("it runs");
    assertThat(newer.at("/regarding/name").asString()).isEqualTo("p");
    assertThat(newer.path("reportingController").asString()).isEqualTo("kubelet");
    assertThat(newer.path("deprecatedCount").asInt()).isEqualTo(2);
    assertThat(Conversion.convert(newer, GroupVersionKind.of("v1", "Event"))).isEqualTo(event);
  }

  @Test
  void thereIsNoWayBetweenStrangers() {
    ObjectNode pod = tree("{'apiVersion':'v1','kind':'Pod'}");
    assertThat(Conversion.convert(pod, GroupVersionKind.of("v1", "Pod"))).isSameAs(pod);
    assertThatThrownBy(() -> Conversion.convert(pod, GroupVersionKind.of("v2", "Pod")))
        .hasMessage("no conversion from v1 Pod to v2 Pod");
    assertThat(Conversion.canConvert(V1, V2)).isTrue();
  }

  private static ObjectNode tree(String json) {
    return (ObjectNode) Json.MAPPER.readTree(json.replace('\'', '"'));
  }
}
