package dev.mokha.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import dev.mokha.client.ApiClient.PatchType;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.engine.containers.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Real pods on a real node: server, engine, network and agent in one process. */
class NodeAgentTest {
  private static TestNode node;

  @BeforeAll
  static void start() throws Exception {
    node = TestNode.start();
  }

  @AfterAll
  static void stop() {
    if (node != null) {
      node.close();
    }
  }

  private static PodBuilder pod(String name, String script) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withNodeName(TestNode.NODE)
        .withTerminationGracePeriodSeconds(1L)
        .addNewContainer()
        .withName("main")
        .withImage(BusyboxArchive.IMAGE)
        .withCommand("sh", "-c", script)
        .endContainer()
        .endSpec();
  }

  private static boolean isReady(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  private static ContainerStatus main(Pod pod) {
    return pod.getStatus().getContainerStatuses().get(0);
  }

  private static Container container(Pod pod) {
    return node.engine().containers().list("pod/" + pod.getMetadata().getUid()).stream()
        .filter(c -> c.state().status() == Container.Status.RUNNING)
        .findFirst()
        .orElseThrow();
  }

  private static String run(Container container, String... command) throws Exception {
    Container.ExecSpec spec =
        new Container.ExecSpec(List.of(command), List.of(), "", "", false, false, false);
    try (Container.ExecSession session = container.exec(spec)) {
      String out = new String(session.stdout().readAllBytes(), StandardCharsets.UTF_8);
      session.awaitExit();
      return out;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void runsAPodWithASecretAndAProbeAndTakesItAway() throws Exception {
    ResourceClient<Secret> secrets = ResourceClient.of(node.admin, Kinds.SECRET);
    Secret secret =
        secrets.create(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("password")
                .endMetadata()
                .withStringData(Map.of("word", "sesame"))
                .withData(Map.of("word", "c2VzYW1l"))
                .build());
    Pod made =
        pod("web", "echo started; exec httpd -f -p 8080 -h /secret")
            .editSpec()
            .addNewVolume()
            .withName("secret")
            .withNewSecret()
            .withSecretName("password")
            .endSecret()
            .endVolume()
            .editFirstContainer()
            .addNewVolumeMount()
            .withName("secret")
            .withMountPath("/secret")
            .endVolumeMount()
            .addNewEnv()
            .withName("WORD")
            .withNewValueFrom()
            .withNewSecretKeyRef("word", "password", false)
            .endValueFrom()
            .endEnv()
            .withNewReadinessProbe()
            .withNewHttpGet()
            .withPath("/word")
            .withNewPort(8080)
            .endHttpGet()
            .endReadinessProbe()
            .endContainer()
            .endSpec()
            .build();
    node.pods.create(made);
    Pod ready = node.await("web", NodeAgentTest::isReady);
    assertThat(ready.getStatus().getPhase()).isEqualTo("Running");
    assertThat(ready.getStatus().getPodIP()).isNotEmpty();
    Container container = container(ready);
    assertThat(run(container, "cat", "/secret/word")).isEqualTo("sesame");
    assertThat(run(container, "sh", "-c", "echo $WORD $HOSTNAME")).isEqualTo("sesame web\n");
    assertThat(run(container, "cat", "/etc/hosts")).contains(ready.getStatus().getPodIP());
    assertThat(run(container, "cat", "/var/run/secrets/kubernetes.io/serviceaccount/namespace"))
        .isEqualTo("default");

    ObjectNode data = JsonNodeFactory.instance.objectNode();
    data.putObject("data").put("word", "b3Blbg==");
    secrets.patch("default", secret.getMetadata().getName(), "", PatchType.MERGE, data);
    String seen = "";
    for (int i = 0; i < 100 && !seen.equals("open"); i++) {
      Thread.sleep(50);
      seen = run(container, "cat", "/secret/word");
    }
    assertThat(seen).as("a changed Secret reaches the container").isEqualTo("open");

    node.delete("web");
    assertThat(node.engine().containers().list("pod/" + ready.getMetadata().getUid())).isEmpty();
  }

  @Test
  void runsInitContainersThenEnds() throws Exception {
    Pod job =
        pod("job", "cat /work/file > /dev/termination-log; exit 3")
            .editSpec()
            .withRestartPolicy("Never")
            .addNewInitContainer()
            .withName("prepare")
            .withImage(BusyboxArchive.IMAGE)
            .withCommand("sh", "-c", "echo -n prepared > /work/file")
            .addNewVolumeMount()
            .withName("work")
            .withMountPath("/work")
            .endVolumeMount()
            .endInitContainer()
            .editFirstContainer()
            .addNewVolumeMount()
            .withName("work")
            .withMountPath("/work")
            .endVolumeMount()
            .endContainer()
            .addNewVolume()
            .withName("work")
            .withNewEmptyDir()
            .endEmptyDir()
            .endVolume()
            .endSpec()
            .build();
    node.pods.create(job);
    Pod ended = node.await("job", p -> "Failed".equals(p.getStatus().getPhase()));
    assertThat(main(ended).getState().getTerminated().getExitCode()).isEqualTo(3);
    assertThat(main(ended).getState().getTerminated().getMessage()).isEqualTo("prepared");
    assertThat(ended.getStatus().getInitContainerStatuses().get(0).getReady()).isTrue();
    node.delete("job");
  }

  @Test
  void restartsACrashedContainerAndBacksOff() throws Exception {
    node.pods.create(pod("crash", "exit 1").build());
    Pod crashed =
        node.await(
            "crash",
            p ->
                !p.getStatus().getContainerStatuses().isEmpty()
                    && main(p).getState().getWaiting() != null
                    && "CrashLoopBackOff".equals(main(p).getState().getWaiting().getReason()));
    assertThat(main(crashed).getRestartCount()).isEqualTo(1);
    assertThat(main(crashed).getLastState().getTerminated().getExitCode()).isEqualTo(1);
    node.delete("crash");
  }

  @Test
  void tellsWhyAnImageOrASecretIsMissing() throws Exception {
    node.pods.create(
        pod("noimage", "true")
            .editSpec()
            .editFirstContainer()
            .withImage("127.0.0.1:1/none:1")
            .endContainer()
            .endSpec()
            .build());
    node.pods.create(
        pod("nosecret", "true")
            .editSpec()
            .editFirstContainer()
            .addNewEnvFrom()
            .withNewSecretRef("nowhere", false)
            .endEnvFrom()
            .endContainer()
            .endSpec()
            .build());
    node.await("noimage", p -> waits(p, "ErrImagePull"));
    node.await("noimage", p -> waits(p, "ImagePullBackOff"));
    node.await("nosecret", p -> waits(p, "CreateContainerConfigError"));
    node.delete("noimage");
    node.delete("nosecret");
  }

  private static boolean waits(Pod pod, String reason) {
    return !pod.getStatus().getContainerStatuses().isEmpty()
        && main(pod).getState().getWaiting() != null
        && reason.equals(main(pod).getState().getWaiting().getReason());
  }

  @Test
  void adoptsRunningContainersWithNoRestartCounted() throws Exception {
    node.pods.create(pod("stays", "sleep 1000").build());
    Pod before = node.await("stays", NodeAgentTest::isReady);
    int pid = container(before).state().pid();
    node.stopAgent();
    node.openHost();
    node.startAgent();
    node.pods.create(pod("later", "sleep 1000").build());
    node.await("later", NodeAgentTest::isReady);
    Pod after = node.pods.get("default", "stays");
    assertThat(container(after).state().pid()).isEqualTo(pid);
    assertThat(main(after).getRestartCount()).isZero();
    assertThat(isReady(after)).isTrue();
    node.delete("stays");
    node.delete("later");
  }

  @Test
  void aNodeThatWasTakenForLostSaysThatItIsNot() throws Exception {
    ResourceClient<Node> nodes = ResourceClient.of(node.admin, Kinds.NODE);
    try (Informers informers = Informers.of(node.admin)) {
      BlockingQueue<String> ready = new LinkedBlockingQueue<>();
      informers
          .get(Kinds.NODE)
          .addHandler(
              Informer.Handler.any(
                  n ->
                      n.getStatus().getConditions().stream()
                          .filter(c -> c.getType().equals("Ready"))
                          .forEach(c -> ready.add(c.getStatus()))));
      awaitStatus(ready, "True");
      nodes.patch(
          "",
          TestNode.NODE,
          "status",
          PatchType.STRATEGIC,
          Json.parseObject(
              "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"Unknown\"}]}}"
                  .getBytes(StandardCharsets.UTF_8)));
      awaitStatus(ready, "Unknown");
      awaitStatus(ready, "True");
    }
  }

  private static void awaitStatus(BlockingQueue<String> seen, String wanted) throws Exception {
    String status;
    do {
      status = seen.poll(60, TimeUnit.SECONDS);
      assertThat(status).as("the node's Ready becomes " + wanted).isNotNull();
    } while (!status.equals(wanted));
  }
}
