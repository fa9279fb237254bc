package dev.mokha.node.lifecycle;

import dev.mokha.engine.containers.Container;
import dev.mokha.node.pod.PodContainer;
import dev.mokha.node.probe.Check;
import dev.mokha.node.probe.CheckResult;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import java.time.Duration;

/** Runs postStart and preStop hooks. */
final class Hooks {
  private Hooks() {}

  /**
   * Runs a hook.
   *
   * @param atMost when it is given up
   */
  static CheckResult run(
      LifecycleHandler hook,
      PodContainer container,
      Container running,
      String address,
      Duration atMost)
      throws InterruptedException {
    if (atMost.isNegative() || atMost.isZero()) {
      return CheckResult.failed("there was no time left for the hook");
    }
    try {
      if (hook.getExec() != null) {
        return Check.exec(hook.getExec(), running).run(atMost);
      }
      if (hook.getHttpGet() != null) {
        return Check.http(hook.getHttpGet(), container.spec(), address).run(atMost);
      }
      if (hook.getTcpSocket() != null) {
        return Check.tcp(hook.getTcpSocket(), container.spec(), address).run(atMost);
      }
      if (hook.getSleep() != null) {
        Duration sleep = Duration.ofSeconds(hook.getSleep().getSeconds());
        Thread.sleep(sleep.compareTo(atMost) > 0 ? atMost : sleep);
      }
      return CheckResult.ok("");
    } catch (IllegalArgumentException e) {
      return CheckResult.failed(e.getMessage());
    }
  }
}
