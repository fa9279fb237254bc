package dev.mokha.node.status;

import dev.mokha.node.pod.BoundPod;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import java.util.List;

/** A pod's phase, from its containers' statuses. */
final class PodPhase {
  private PodPhase() {}

  /**
   * The phase.
   *
   * @param initialized all init containers have done their part
   * @param ending nothing of the pod is to be started again, and nothing runs
   */
  static String of(
      BoundPod pod,
      List<ContainerStatus> init,
      List<ContainerStatus> main,
      boolean initialized,
      boolean ending) {
    boolean initFailed = init.stream().anyMatch(PodPhase::failed);
    if (!initialized && initFailed && pod.restartPolicy().equals("Never")) {
      return "Failed";
    }
    int running = 0;
    int neverRan = 0;
    int stopped = 0;
    int succeeded = 0;
    for (ContainerStatus status : main) {
      if (status.getState().getRunning() != null) {
        running++;
      } else if (status.getState().getTerminated() != null) {
        stopped++;
        succeeded += status.getState().getTerminated().getExitCode() == 0 ? 1 : 0;
      } else if (status.getLastState() != null && status.getLastState().getTerminated() != null) {
        stopped++;
      } else {
        neverRan++;
      }
    }
    if (ending) {
      return stopped == main.size() && stopped == succeeded ? "Succeeded" : "Failed";
    }
    if (!initialized || neverRan > 0) {
      return "Pending";
    }
    if (running > 0 || pod.restartPolicy().equals("Always")) {
      return "Running";
    }
    if (stopped == succeeded) {
      return "Succeeded";
    }
    return pod.restartPolicy().equals("Never") ? "Failed" : "Running";
  }

  private static boolean failed(ContainerStatus status) {
    ContainerStateTerminated end = status.getState().getTerminated();
    if (end == null && status.getState().getWaiting() != null && status.getLastState() != null) {
      end = status.getLastState().getTerminated();
    }
    return end != null && end.getExitCode() != 0;
  }
}
