package dev.mokha.node.lifecycle;

import dev.mokha.engine.containers.Resources;
import dev.mokha.node.pod.ContainerRun;
import dev.mokha.node.pod.ObservedContainer.Job;
import dev.mokha.node.pod.ObservedContainer.Waiting;
import dev.mokha.node.probe.ContainerProbes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a worker remembers of one container beside what the engine knows. Guarded by the worker.
 * Nothing here is needed after a restart of the daemon but to be kinder: back-offs begin anew.
 */
final class Track {
  Job job = Job.NONE;
  Thread start;
  StopJob stop;
  Optional<Waiting> waiting = Optional.empty();
  Optional<Instant> notBefore = Optional.empty();
  Duration failureBackOff = Duration.ZERO;
  String probedRun = "";
  ContainerProbes probes;
  int lastAttempt = -1;
  String limitedRun = "";
  Resources limits;
  final List<ContainerRun> refused = new ArrayList<>();

  void closeProbes() {
    if (probes != null) {
      probes.close();
      probes = null;
      probedRun = "";
    }
  }
}
