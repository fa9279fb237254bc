package dev.mokha.node.lifecycle;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.images.Image;
import dev.mokha.node.pod.Action;
import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.ContainerKind;
import dev.mokha.node.pod.PodContainer;
import dev.mokha.node.probe.CheckResult;
import dev.mokha.node.volume.PodVolumes;
import dev.mokha.node.volume.VolumeException;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts containers: image, specification, engine, postStart hook. */
final class ContainerStarter {
  private static final Logger log = LoggerFactory.getLogger(ContainerStarter.class);
  private static final Duration HOOK_TAKES = Duration.ofHours(24);

  private final NodeServices node;
  private final ContainerSpecs specs;

  ContainerStarter(NodeServices node, Sandboxes sandboxes) {
    this.node = requireNonNull(node, "node");
    this.specs = new ContainerSpecs(node, sandboxes);
  }

  ContainerSpecs specs() {
    return specs;
  }

  /**
   * Starts a container and waits for its postStart hook.
   *
   * @param onStarted is called when its process runs
   * @return why it could not be started; empty when it runs or nobody wants it any more
   */
  Optional<StartFailure> start(
      BoundPod pod,
      PodContainer container,
      Action.Start action,
      Sandboxes.Sandbox sandbox,
      PodVolumes volumes,
      Runnable onStarted) {
    String path = PodWorker.fieldPath(container);
    try {
      Image image = node.images().ensure(pod.pod(), container.spec(), path);
      requireWhole(volumes, container);
      Container created =
          node.engine()
              .containers()
              .create(
                  specs.of(
                      pod,
                      container,
                      action.attempt(),
                      action.backOff(),
                      sandbox,
                      volumes,
                      image,
                      processes(pod, container, sandbox)));
      if (Thread.interrupted()) {
        created.remove();
        return Optional.empty();
      }
      node.events().record(pod.pod(), path, "Normal", "Created", "Container created");
      run(created);
      node.events().record(pod.pod(), path, "Normal", "Started", "Container started");
      onStarted.run();
      postStart(pod, container, created, sandbox);
      return Optional.empty();
    } catch (InterruptedException e) {
      return Optional.empty();
    } catch (RuntimeException e) {
      StartFailure failure = StartFailure.of(e);
      log.debug("Container {} of pod {} did not start", container.name(), pod, e);
      if (!failure.reason().contains("Image")) {
        node.events().record(pod.pod(), path, "Warning", "Failed", "Error: " + failure.message());
      }
      return Optional.of(failure);
    }
  }

  /** While a file system is mended, what is at its place is not what the pod wants. */
  private void requireWhole(PodVolumes volumes, PodContainer container) {
    for (VolumeMount mount : container.spec().getVolumeMounts()) {
      if (volumes
          .place(mount.getName())
          .filter(node.engine().volumeWatch()::isHealing)
          .isPresent()) {
        throw new VolumeException(
            "the file system of volume \"%s\" had an error, and is being checked"
                .formatted(mount.getName()));
      }
    }
  }

  private static void run(Container created) {
    try {
      created.start();
    } catch (EngineException e) {
      created.remove();
      throw e;
    }
  }

  private Optional<Container> processes(
      BoundPod pod, PodContainer container, Sandboxes.Sandbox sandbox) {
    if (container.kind() == ContainerKind.EPHEMERAL && !container.target().isEmpty()) {
      return running(pod, container.target());
    }
    if (!pod.sharesProcesses()) {
      return Optional.empty();
    }
    // Without a holder the first container's namespace is shared.
    return sandbox
        .holder()
        .or(
            () ->
                pod.containers().stream()
                    .filter(c -> !c.name().equals(container.name()))
                    .flatMap(c -> running(pod, c.name()).stream())
                    .findFirst());
  }

  private Optional<Container> running(BoundPod pod, String name) {
    return node.engine().containers().list(RunLabels.owner(pod.uid())).stream()
        .filter(c -> RunLabels.name(c).equals(name))
        .filter(c -> c.state().status() == Container.Status.RUNNING)
        .findFirst();
  }

  private void postStart(
      BoundPod pod, PodContainer container, Container running, Sandboxes.Sandbox sandbox)
      throws InterruptedException {
    LifecycleHandler hook =
        container.spec().getLifecycle() == null
            ? null
            : container.spec().getLifecycle().getPostStart();
    if (hook == null) {
      return;
    }
    CheckResult result =
        Hooks.run(hook, container, running, sandbox.addresses().get(0), HOOK_TAKES);
    if (!result.success()) {
      node.events()
          .record(
              pod.pod(),
              PodWorker.fieldPath(container),
              "Warning",
              "FailedPostStartHook",
              "PostStartHook failed: " + result.message());
      running.stop(pod.grace());
    }
  }
}
