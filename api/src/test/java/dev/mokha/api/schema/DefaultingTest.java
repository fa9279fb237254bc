package dev.mokha.api.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class DefaultingTest {
  private static ObjectNode defaulted(String apiVersion, String kind, String json) {
    ObjectSchema schema =
        BuiltinSchemas.get().byKind(GroupVersionKind.of(apiVersion, kind)).orElseThrow();
    ObjectNode tree = tree(json);
    StructuralCheck.apply(tree, schema);
    Defaulting.apply(tree, schema);
    ObjectNode again = tree.deepCopy();
    Defaulting.apply(again, schema);
    assertThat(again).as("done twice").isEqualTo(tree);
    assertThat(StructuralCheck.apply(again, schema)).as("fits the schema").isEmpty();
    return tree;
  }

  private static ObjectNode tree(String json) {
    return Json.parseObject(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void podGetsWhatUpstreamGivesIt() {
    ObjectNode pod =
        defaulted(
            "v1",
            "Pod",
            "{'metadata':{'name':'a'},'spec':{'containers':[{'name':'c','image':'nginx',"
                + "'ports':[{'containerPort':80}],'livenessProbe':{'httpGet':{'port':80}},"
                + "'resources':{'limits':{'cpu':'1','memory':'1Gi'},'requests':{'cpu':'500m'}}}],"
                + "'volumes':[{'name':'e'},{'name':'s','secret':{'secretName':'x'}},"
                + "{'name':'p','projected':{'sources':[{'serviceAccountToken':{'path':'t'}},"
                + "{'downwardAPI':{'items':[{'path':'n','fieldRef':{'fieldPath':'x'}}]}}]}},"
                + "{'name':'h','hostPath':{'path':'/x'}}]}}");
    assertThat(pod)
        .isEqualTo(
            tree(
                "{'metadata':{'name':'a'},'status':{},'spec':{'containers':[{'name':'c',"
                    + "'image':'nginx','imagePullPolicy':'Always',"
                    + "'terminationMessagePath':'/dev/termination-log',"
                    + "'terminationMessagePolicy':'File',"
                    + "'ports':[{'containerPort':80,'protocol':'TCP'}],"
                    + "'livenessProbe':{'httpGet':{'port':80,'path':'/','scheme':'HTTP'},"
                    + "'timeoutSeconds':1,'periodSeconds':10,'successThreshold':1,"
                    + "'failureThreshold':3},'resources':{'limits':{'cpu':'1','memory':'1Gi'},"
                    + "'requests':{'cpu':'500m','memory':'1Gi'}}}],"
                    + "'volumes':[{'name':'e','emptyDir':{}},"
                    + "{'name':'s','secret':{'secretName':'x','defaultMode':420}},"
                    + "{'name':'p','projected':{'defaultMode':420,'sources':["
                    + "{'serviceAccountToken':{'path':'t','expirationSeconds':3600}},"
                    + "{'downwardAPI':{'items':[{'path':'n','fieldRef':{'fieldPath':'x',"
                    + "'apiVersion':'v1'}}]}}]}},"
                    + "{'name':'h','hostPath':{'path':'/x','type':''}}],"
                    + "'restartPolicy':'Always','dnsPolicy':'ClusterFirst','securityContext':{},"
                    + "'terminationGracePeriodSeconds':30,'schedulerName':'default-scheduler',"
                    + "'enableServiceLinks':true}}"));
  }

  @Test
  void portsOfAPodOnTheHostsNetworkAreTheHosts() {
    ObjectNode pod =
        defaulted(
            "v1",
            "Pod",
            "{'spec':{'hostNetwork':true,'containers':[{'image':'a:1',"
                + "'ports':[{'containerPort':80}]}]}}");
    assertThat(pod.at("/spec/containers/0/ports/0/hostPort").intValue()).isEqualTo(80);
    assertThat(pod.at("/spec/containers/0/imagePullPolicy").stringValue())
        .isEqualTo("IfNotPresent");
  }

  @Test
  void podsRequestsComeFromContainersThenFromLimits() {
    ObjectNode pod =
        defaulted(
            "v1",
            "Pod",
            "{'spec':{'resources':{'limits':{'cpu':'2','memory':'1Gi'}},'containers':["
                + "{'resources':{'requests':{'cpu':'300m'}}},"
                + "{'resources':{'requests':{'cpu':'200m'}}}],"
                + "'initContainers':[{'resources':{'requests':{'cpu':'100m'}}}]}}");
    assertThat(pod.at("/spec/resources/requests")).isEqualTo(tree("{'cpu':'500m','memory':'1Gi'}"));
  }

  @ParameterizedTest
  @CsvSource({
    "nginx,Always",
    "nginx:latest,Always",
    "nginx:1.2,IfNotPresent",
    "localhost:5000/nginx,Always",
    "localhost:5000/nginx:1,IfNotPresent",
    "nginx@sha256:abc,IfNotPresent",
    "nginx:latest@sha256:abc,Always"
  })
  void pullPolicyFollowsTheTag(String image, String policy) {
    assertThat(PodDefaults.pullPolicy(image)).isEqualTo(policy);
  }

  @Test
  void deploymentRollsAndItsTemplateIsNoPod() {
    ObjectNode deployment =
        defaulted(
            "apps/v1",
            "Deployment",
            "{'spec':{'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':"
                + "{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'x:1'}]}}}}");
    assertThat(deployment.path("spec").path("strategy"))
        .isEqualTo(
            tree(
                "{'rollingUpdate':{'maxUnavailable':'25%','maxSurge':'25%'},"
                    + "'type':'RollingUpdate'}"));
    assertThat(deployment.at("/spec/replicas").intValue()).isEqualTo(1);
    assertThat(deployment.at("/spec/progressDeadlineSeconds").intValue()).isEqualTo(600);
    assertThat(deployment.at("/spec/revisionHistoryLimit").intValue()).isEqualTo(10);
    assertThat(deployment.at("/spec/template/spec/dnsPolicy").stringValue())
        .isEqualTo("ClusterFirst");
    assertThat(deployment.at("/spec/template/spec").has("enableServiceLinks")).isFalse();
    ObjectNode recreated =
        defaulted(
            "apps/v1", "Deployment", "{'spec':{'replicas':0,'strategy':{'type':'Recreate'}}}");
    assertThat(recreated.at("/spec/replicas").intValue()).isZero();
    assertThat(recreated.at("/spec/strategy")).isEqualTo(tree("{'type':'Recreate'}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'spec':{'ports':[{'port':80}]}}|{'sessionAffinity':'None','type':'ClusterIP',"
            + "'internalTrafficPolicy':'Cluster','ports':[{'port':80,'targetPort':80,"
            + "'protocol':'TCP'}]}",
        "{'spec':{'type':'NodePort','ports':[{'port':80,'targetPort':'web'}],"
            + "'sessionAffinity':'ClientIP'}}|{'sessionAffinity':'ClientIP','type':'NodePort',"
            + "'sessionAffinityConfig':{'clientIP':{'timeoutSeconds':10800}},"
            + "'internalTrafficPolicy':'Cluster','externalTrafficPolicy':'Cluster',"
            + "'ports':[{'port':80,'targetPort':'web','protocol':'TCP'}]}",
        "{'spec':{'type':'ExternalName','externalName':'a.b'}}|{'sessionAffinity':'None',"
            + "'type':'ExternalName','externalName':'a.b'}"
      })
  void serviceGetsItsPolicies(String given, String spec) {
    assertThat(defaulted("v1", "Service", given).path("spec")).isEqualTo(tree(spec));
  }

  @Test
  void jobCountsAndCronJobsTemplateDoesNot() {
    ObjectNode job =
        defaulted("batch/v1", "Job", "{'spec':{'template':{'metadata':{'labels':{'a':'b'}}}}}");
    assertThat(job.at("/spec/completions").intValue()).isEqualTo(1);
    assertThat(job.at("/spec/backoffLimit").intValue()).isEqualTo(6);
    assertThat(job.at("/spec/podReplacementPolicy").stringValue()).isEqualTo("TerminatingOrFailed");
    assertThat(job.at("/metadata/labels/a").stringValue()).isEqualTo("b");
    ObjectNode cron =
        defaulted("batch/v1", "CronJob", "{'spec':{'jobTemplate':{'spec':{'template':{}}}}}");
    assertThat(cron.at("/spec/jobTemplate/spec").has("backoffLimit")).isFalse();
    assertThat(cron.at("/spec/concurrencyPolicy").stringValue()).isEqualTo("Allow");
  }

  @Test
  void theRestDependsOnItsNeighbours() {
    assertThat(defaulted("v1", "Secret", "{'stringData':{'a':'x'},'data':{'b':'eQ=='}}"))
        .isEqualTo(tree("{'data':{'b':'eQ==','a':'eA=='},'type':'Opaque'}"));
    assertThat(defaulted("v1", "Namespace", "{'metadata':{'name':'n'}}").path("metadata"))
        .isEqualTo(tree("{'name':'n','labels':{'kubernetes.io/metadata.name':'n'}}"));
    assertThat(
            defaulted(
                    "networking.k8s.io/v1", "NetworkPolicy", "{'spec':{'egress':[{'ports':[{}]}]}}")
                .path("spec"))
        .isEqualTo(
            tree(
                "{'egress':[{'ports':[{'protocol':'TCP'}]}],'policyTypes':['Ingress','Egress'],"
                    + "'podSelector':{}}"));
    assertThat(
            defaulted(
                    "v1",
                    "LimitRange",
                    "{'spec':{'limits':[{'type':'Container','max':{'cpu':'2'},"
                        + "'min':{'memory':'1'}}]}}")
                .at("/spec/limits/0"))
        .isEqualTo(
            tree(
                "{'type':'Container','max':{'cpu':'2'},'min':{'memory':'1'},"
                    + "'default':{'cpu':'2'},'defaultRequest':{'cpu':'2','memory':'1'}}"));
    assertThat(
            defaulted(
                "rbac.authorization.k8s.io/v1",
                "RoleBinding",
                "{'subjects':[{'kind':'User','name':'u'},{'kind':'ServiceAccount','name':'s'}],"
                    + "'roleRef':{'kind':'Role','name':'r'}}"))
        .isEqualTo(
            tree(
                "{'subjects':[{'kind':'User','name':'u','apiGroup':'rbac.authorization.k8s.io'},"
                    + "{'kind':'ServiceAccount','name':'s'}],'roleRef':{'kind':'Role','name':'r',"
                    + "'apiGroup':'rbac.authorization.k8s.io'}}"));
    assertThat(defaulted("autoscaling/v2", "HorizontalPodAutoscaler", "{}").at("/spec/metrics/0"))
        .isEqualTo(
            tree(
                "{'type':'Resource','resource':{'name':'cpu','target':{'type':'Utilization',"
                    + "'averageUtilization':80}}}"));
  }

  @Test
  void everyKindCanBeDefaultedFromNothing() {
    for (ResourceType type : BuiltinResources.get().all()) {
      assertThat(defaulted(type.gvk().apiVersion(), type.kind(), "{}"))
          .as("%s", type.gvk())
          .isNotNull();
    }
  }
}
