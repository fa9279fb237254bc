package dev.mokha.cli;

import dev.mokha.cli.daemon.Daemon;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The long-running process of a node; started by {@code up} under a supervisor, not by hand. */
@Command(name = "daemon", hidden = true)
final class DaemonCommand implements Runnable {
  @Mixin private InstanceOption option = new InstanceOption();

  @Option(names = "--node", defaultValue = "1")
  private int node;

  @Override
  public void run() {
    Instance instance = option.instance();
    Settings settings =
        Settings.read(instance)
            .orElseThrow(() -> new UserError("there are no settings yet; run: mokha up"));
    instance.prepare();
    if (node == 1) {
      NodeNamespace.addHostAddress(settings);
    }
    try {
      new Daemon(instance, settings, node).run();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new UserError(e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }
}
