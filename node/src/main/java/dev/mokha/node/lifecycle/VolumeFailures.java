package dev.mokha.node.lifecycle;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.controller.EventRecorder;
import dev.mokha.engine.Engine;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.volumewatch.VolumeEvent;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells pods of file systems of theirs that fail, by events: {@code VolumeReadOnly}, {@code
 * VolumeErrors}, and what came of it, {@code VolumeHealed} or {@code VolumeNotHealed}. What is done
 * is the engine's, as the pod's annotation says ({@link dev.mokha.engine.volumewatch.HealPolicy});
 * containers that it stops are started again as the pod's restart policy has it.
 */
public final class VolumeFailures {
  private final Engine engine;
  private final EventRecorder events;

  /** Whose they are that were told of a failure: they may be gone when it is over. */
  private final Map<String, Whose> told = new ConcurrentHashMap<>();

  private record Whose(Pod pod, String container) {}

  private VolumeFailures(Engine engine, EventRecorder events) {
    this.engine = requireNonNull(engine);
    this.events = requireNonNull(events);
  }

  /** Begins to tell; ends with the engine. */
  public static void follow(Engine engine, EventRecorder events) {
    VolumeFailures failures = new VolumeFailures(engine, events);
    engine.volumeWatch().startedByOwner(RunLabels::isPods);
    engine.volumeWatch().onEvent(failures::tell);
  }

  private void tell(VolumeEvent event) {
    String type = event.kind() == VolumeEvent.Kind.HEALED ? "Normal" : "Warning";
    String reason =
        switch (event.kind()) {
          case READ_ONLY -> "VolumeReadOnly";
          case ERRORS -> "VolumeErrors";
          case HEALED -> "VolumeHealed";
          case NOT_HEALED -> "VolumeNotHealed";
        };
    for (VolumeEvent.Affected affected : event.affected()) {
      Whose whose = told.computeIfAbsent(affected.containerId(), this::whose);
      if (whose != null) {
        events.record(
            whose.pod(),
            "spec.containers{" + whose.container() + "}",
            type,
            reason,
            affected.destination() + ": " + event.message());
      }
    }
    if (event.kind() != VolumeEvent.Kind.READ_ONLY) {
      event.affected().forEach(affected -> told.remove(affected.containerId()));
    }
  }

  /** The pod of a container; null for others' containers. */
  private Whose whose(String containerId) {
    return engine
        .containers()
        .find(containerId)
        .filter(RunLabels::isPods)
        .map(container -> new Whose(pod(container), RunLabels.name(container)))
        .orElse(null);
  }

  private static Pod pod(Container container) {
    Map<String, String> labels = container.spec().labels();
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(labels.get(RunLabels.POD_NAMESPACE))
        .withName(labels.get(RunLabels.POD_NAME))
        .withUid(labels.get(RunLabels.POD_UID))
        .endMetadata()
        .build();
  }
}
