package dev.mokha.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Restarts the daemons, after an upgrade for example. */
@Command(
    name = "restart",
    description = "Restart the daemons; no container stops, and traffic goes on.")
final class RestartCommand implements Runnable {
  @Mixin private InstanceOption option = new InstanceOption();

  @Override
  public void run() {
    InstanceOption.requireRoot("restart");
    Instance instance = option.instance();
    Settings settings =
        Settings.read(instance)
            .orElseThrow(() -> new UserError("nothing runs here; start it with: mokha up"));
    Processes processes = new Processes(instance);
    for (int node : Processes.nodes(instance, settings).reversed()) {
      processes.restart(node);
    }
  }
}
