package dev.mokha.node.lifecycle;

import dev.mokha.engine.containers.Container;
import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.pod.ContainerRun;
import dev.mokha.node.pod.PodContainer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the labels of an engine's container say of the pod's run: all that a fresh daemon must know
 * to adopt it.
 */
final class RunLabels {
  static final String POD_UID = "io.kubernetes.pod.uid";
  static final String POD_NAME = "io.kubernetes.pod.name";
  static final String POD_NAMESPACE = "io.kubernetes.pod.namespace";
  static final String CONTAINER = "io.kubernetes.container.name";
  private static final String OWNER = "pod/";
  private static final String ATTEMPT = "dev.mokha.attempt";
  private static final String SANDBOX = "dev.mokha.sandbox";
  private static final String HASH = "dev.mokha.hash";
  private static final String BACK_OFF = "dev.mokha.back-off";
  private static final String IMAGE = "dev.mokha.image";
  private static final String IMAGE_ID = "dev.mokha.image-id";
  private static final String GRACE = "dev.mokha.grace";
  private static final String HOLDER = "dev.mokha.holder";

  private RunLabels() {}

  static String owner(String podUid) {
    return OWNER + podUid;
  }

  /** Whether a container is a pod's. */
  static boolean isPods(Container container) {
    return container.spec().owner().startsWith(OWNER);
  }

  static Map<String, String> encode(
      BoundPod pod,
      PodContainer container,
      int attempt,
      int sandbox,
      Duration backOff,
      String imageId) {
    Map<String, String> labels = pod(pod);
    labels.put(CONTAINER, container.name());
    labels.put(ATTEMPT, Integer.toString(attempt));
    labels.put(SANDBOX, Integer.toString(sandbox));
    labels.put(HASH, container.hash());
    labels.put(BACK_OFF, Long.toString(backOff.toSeconds()));
    labels.put(IMAGE, container.spec().getImage());
    labels.put(IMAGE_ID, imageId);
    labels.put(GRACE, Long.toString(pod.grace().toSeconds()));
    return labels;
  }

  /** Labels of the process that holds a pod's PID namespace. */
  static Map<String, String> encodeHolder(BoundPod pod, int sandbox) {
    Map<String, String> labels = pod(pod);
    labels.put(HOLDER, "pid");
    labels.put(SANDBOX, Integer.toString(sandbox));
    return labels;
  }

  private static Map<String, String> pod(BoundPod pod) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put(POD_UID, pod.uid());
    labels.put(POD_NAME, pod.name());
    labels.put(POD_NAMESPACE, pod.namespace());
    return labels;
  }

  static boolean isHolder(Container container) {
    return container.spec().labels().containsKey(HOLDER);
  }

  static int sandbox(Container container) {
    return Integer.parseInt(container.spec().labels().getOrDefault(SANDBOX, "0"));
  }

  static String name(Container container) {
    return container.spec().labels().getOrDefault(CONTAINER, "");
  }

  static Duration grace(Container container) {
    return Duration.ofSeconds(Long.parseLong(container.spec().labels().getOrDefault(GRACE, "30")));
  }

  /**
   * The run.
   *
   * @param message its termination message
   */
  static ContainerRun decode(Container container, Container.State state, String message) {
    Map<String, String> labels = container.spec().labels();
    ContainerRun.Phase phase =
        switch (state.status()) {
          // Unknown while it is being made, and for good when a daemon was killed at that moment.
          case CREATED, UNKNOWN -> ContainerRun.Phase.CREATED;
          case RUNNING, PAUSED, RESTARTING -> ContainerRun.Phase.RUNNING;
          case EXITED -> ContainerRun.Phase.EXITED;
        };
    return new ContainerRun(
        container.id(),
        labels.getOrDefault(CONTAINER, ""),
        Integer.parseInt(labels.getOrDefault(ATTEMPT, "0")),
        Integer.parseInt(labels.getOrDefault(SANDBOX, "0")),
        labels.getOrDefault(HASH, ""),
        Duration.ofSeconds(Long.parseLong(labels.getOrDefault(BACK_OFF, "0"))),
        phase,
        state.created(),
        state.started(),
        state.finished() == null && phase == ContainerRun.Phase.EXITED
            ? state.created()
            : state.finished(),
        state.exitCode(),
        state.oomKilled(),
        message,
        labels.getOrDefault(IMAGE, ""),
        labels.getOrDefault(IMAGE_ID, ""));
  }
}
