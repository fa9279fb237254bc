package dev.mokha.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The process {@code daemon}; started by {@code up}, not by hand. */
@Command(name = "daemon", hidden = true)
final class DaemonCommand implements Runnable {
  @Mixin private InstanceOption option = new InstanceOption();

  @Override
  public void run() {
    throw new UserError("not wired yet for " + option.instance());
  }
}
