package dev.mokha.node.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.node.pod.ObservedContainer.Job;
import dev.mokha.node.pod.ObservedContainer.Resize;
import dev.mokha.node.pod.ObservedPod.Setup;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PodPlannerTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private String policy = "Always";
  private final PodBuilder builder =
      new PodBuilder()
          .withNewMetadata()
          .withNamespace("default")
          .withName("web")
          .withUid("u1")
          .endMetadata()
          .withNewSpec()
          .endSpec();
  private final Map<String, ObservedContainer> containers = new HashMap<>();
  private Optional<ObservedPod.Sandbox> sandbox =
      Optional.of(new ObservedPod.Sandbox(1, List.of("10.42.0.5")));
  private Optional<Instant> terminatingSince = Optional.empty();

  private PodPlannerTest main(String name) {
    builder.editSpec().addNewContainer().withName(name).withImage("i").endContainer().endSpec();
    return this;
  }

  private PodPlannerTest init(String name, String containerPolicy) {
    builder
        .editSpec()
        .addNewInitContainer()
        .withName(name)
        .withImage("i")
        .withRestartPolicy(containerPolicy)
        .endInitContainer()
        .endSpec();
    return this;
  }

  private BoundPod pod() {
    Pod pod = builder.editSpec().withRestartPolicy(policy).endSpec().build();
    return new BoundPod(pod);
  }

  private Plan plan() {
    return PodPlanner.plan(
        pod(),
        new ObservedPod(
            sandbox,
            Setup.NONE,
            Optional.empty(),
            Optional.empty(),
            containers,
            Optional.empty(),
            NOW.minusSeconds(100),
            terminatingSince,
            false,
            false),
        NOW);
  }

  private ContainerRun run(String name, ContainerRun.Phase phase, int exitCode, Duration backOff) {
    BoundPod pod = pod();
    return new ContainerRun(
        "id-" + name,
        name,
        0,
        1,
        pod.container(name).orElseThrow().hash(),
        backOff,
        phase,
        NOW.minusSeconds(60),
        NOW.minusSeconds(60),
        phase == ContainerRun.Phase.EXITED ? NOW.minusSeconds(5) : null,
        exitCode,
        false,
        "",
        "i",
        "sha256:1");
  }

  private void observe(String name, ContainerRun run, Job job, boolean started) {
    containers.put(
        name,
        new ObservedContainer(
            Optional.of(run),
            List.of(),
            job,
            Optional.empty(),
            Optional.empty(),
            started,
            started,
            Optional.empty(),
            run.attempt(),
            Resize.NONE));
  }

  private void running(String name) {
    observe(name, run(name, ContainerRun.Phase.RUNNING, 0, Duration.ZERO), Job.NONE, true);
  }

  private void exited(String name, int code) {
    observe(name, run(name, ContainerRun.Phase.EXITED, code, Duration.ZERO), Job.NONE, false);
  }

  @Test
  void beginsWithTheSandbox() {
    sandbox = Optional.empty();
    assertThat(main("a").plan().actions()).containsExactly(new Action.PrepareSandbox());
  }

  @Test
  void startsMainContainersOneAfterTheOther() {
    main("a").main("b");
    assertThat(plan().actions()).containsExactly(new Action.Start("a", 0, Duration.ZERO));
    observe("a", run("a", ContainerRun.Phase.RUNNING, 0, Duration.ZERO), Job.STARTING, false);
    assertThat(plan().actions()).as("the hook of a still runs").isEmpty();
    running("a");
    assertThat(plan().actions()).containsExactly(new Action.Start("b", 0, Duration.ZERO));
  }

  @Test
  void runsInitContainersToTheirEndBeforeTheNext() {
    init("one", null).init("two", null).main("a");
    assertThat(plan().actions()).containsExactly(new Action.Start("one", 0, Duration.ZERO));
    running("one");
    assertThat(plan().actions()).isEmpty();
    exited("one", 0);
    assertThat(plan().actions()).containsExactly(new Action.Start("two", 0, Duration.ZERO));
    exited("two", 0);
    assertThat(plan().actions()).containsExactly(new Action.Start("a", 0, Duration.ZERO));
  }

  @Test
  void waitsForASidecarToHaveStartedOnly() {
    init("proxy", "Always").main("a");
    observe("proxy", run("proxy", ContainerRun.Phase.RUNNING, 0, Duration.ZERO), Job.NONE, false);
    assertThat(plan().actions()).isEmpty();
    running("proxy");
    assertThat(plan().actions()).containsExactly(new Action.Start("a", 0, Duration.ZERO));
  }

  @Test
  void restartsASidecarWhileMainContainersRun() {
    policy = "Never";
    init("proxy", "Always").main("a");
    running("a");
    exited("proxy", 0);
    assertThat(plan().actions())
        .containsExactly(new Action.Start("proxy", 1, RestartRules.FIRST_BACK_OFF));
  }

  @Test
  void failsWhenAnInitContainerFailsForGood() {
    policy = "Never";
    init("one", null).main("a");
    exited("one", 1);
    Plan plan = plan();
    assertThat(plan.outcome()).contains(Outcome.FAILED);
    assertThat(plan.actions()).containsExactly(new Action.Release());
  }

  @Test
  void restartsAtOnceTheFirstTimeThenBacksOff() {
    main("a");
    exited("a", 1);
    assertThat(plan().actions()).containsExactly(new Action.Start("a", 1, Duration.ofSeconds(10)));
    observe("a", run("a", ContainerRun.Phase.EXITED, 1, Duration.ofSeconds(10)), Job.NONE, false);
    Plan plan = plan();
    assertThat(plan.actions()).isEmpty();
    assertThat(plan.wakeAt()).contains(NOW.plusSeconds(5));
  }

  @Test
  void backOffDoublesToFiveMinutes() {
    main("a");
    ContainerRun run = run("a", ContainerRun.Phase.EXITED, 1, Duration.ofSeconds(160));
    assertThat(RestartRules.nextBackOff(run)).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void succeedsWhenAllContainersDo() {
    policy = "OnFailure";
    main("a").main("b");
    exited("a", 0);
    running("b");
    assertThat(plan().outcome()).isEmpty();
    exited("b", 0);
    assertThat(plan().outcome()).contains(Outcome.SUCCEEDED);
  }

  @Test
  void stopsSidecarsLastAndInReverse() {
    policy = "Never";
    init("first", "Always").init("second", "Always").main("a");
    running("first");
    running("second");
    exited("a", 0);
    assertThat(plan().actions())
        .singleElement()
        .isInstanceOfSatisfying(
            Action.Stop.class, stop -> assertThat(stop.container()).isEqualTo("second"));
    exited("second", 0);
    assertThat(plan().actions())
        .singleElement()
        .isInstanceOfSatisfying(
            Action.Stop.class, stop -> assertThat(stop.container()).isEqualTo("first"));
  }

  @Test
  void endsADeletedPodWithinItsGrace() {
    main("a");
    running("a");
    builder
        .editMetadata()
        .withDeletionTimestamp(NOW.plusSeconds(7).toString())
        .withDeletionGracePeriodSeconds(7L)
        .endMetadata();
    terminatingSince = Optional.of(NOW.minusSeconds(2));
    assertThat(plan().actions())
        .containsExactly(new Action.Stop("a", "Stopping container a", NOW.plusSeconds(5)));
    exited("a", 137);
    assertThat(plan().actions()).containsExactly(new Action.Finish());
  }

  @Test
  void cancelsAStartWhenThePodIsDeleted() {
    main("a");
    containers.put(
        "a",
        new ObservedContainer(
            Optional.empty(),
            List.of(),
            Job.STARTING,
            Optional.empty(),
            Optional.empty(),
            false,
            false,
            Optional.empty(),
            -1,
            Resize.NONE));
    builder.editMetadata().withDeletionTimestamp(NOW.toString()).endMetadata();
    assertThat(plan().actions()).containsExactly(new Action.CancelStart("a"));
  }

  @Test
  void failsAfterTheActiveDeadline() {
    main("a");
    running("a");
    builder.editSpec().withActiveDeadlineSeconds(50L).endSpec();
    Plan plan = plan();
    assertThat(plan.outcome()).get().extracting(Outcome::reason).isEqualTo("DeadlineExceeded");
    assertThat(plan.actions()).singleElement().isInstanceOf(Action.Stop.class);
  }

  @Test
  void makesContainersOfALostSandboxAnew() {
    main("a");
    running("a");
    sandbox = Optional.of(new ObservedPod.Sandbox(2, List.of("10.42.0.6")));
    assertThat(plan().actions()).singleElement().isInstanceOf(Action.Stop.class);
  }

  @Test
  void doesNotRunAgainAfterARebootWhatWasOverForGood() {
    policy = "Never";
    main("a");
    ContainerRun before = run("a", ContainerRun.Phase.EXITED, 137, Duration.ZERO);
    containers.put(
        "a",
        new ObservedContainer(
            Optional.empty(),
            List.of(before),
            Job.NONE,
            Optional.empty(),
            Optional.empty(),
            false,
            false,
            Optional.empty(),
            0,
            Resize.NONE));
    sandbox = Optional.empty();
    assertThat(plan().outcome()).contains(Outcome.FAILED);
  }

  @Test
  void startsAgainAfterAReboot() {
    main("a");
    ContainerRun before = run("a", ContainerRun.Phase.EXITED, 137, Duration.ZERO);
    containers.put(
        "a",
        new ObservedContainer(
            Optional.empty(),
            List.of(before),
            Job.NONE,
            Optional.empty(),
            Optional.empty(),
            false,
            false,
            Optional.empty(),
            0,
            Resize.NONE));
    sandbox = Optional.of(new ObservedPod.Sandbox(2, List.of("10.42.0.6")));
    assertThat(plan().actions())
        .containsExactly(new Action.Start("a", 1, RestartRules.FIRST_BACK_OFF));
  }

  @Test
  void restartsAContainerWhoseImageChanged() {
    main("a");
    running("a");
    builder.editSpec().editFirstContainer().withImage("other").endContainer().endSpec();
    assertThat(plan().actions())
        .singleElement()
        .isInstanceOfSatisfying(
            Action.Stop.class, stop -> assertThat(stop.message()).contains("definition changed"));
  }

  @Test
  void restartsByTheContainersOwnRules() {
    policy = "Never";
    main("a");
    builder
        .editSpec()
        .editFirstContainer()
        .addNewRestartPolicyRule()
        .withAction("Restart")
        .withNewExitCodes()
        .withOperator("In")
        .withValues(42)
        .endExitCodes()
        .endRestartPolicyRule()
        .endContainer()
        .endSpec();
    exited("a", 42);
    assertThat(plan().actions()).singleElement().isInstanceOf(Action.Start.class);
    exited("a", 1);
    assertThat(plan().outcome()).contains(Outcome.FAILED);
  }
}
