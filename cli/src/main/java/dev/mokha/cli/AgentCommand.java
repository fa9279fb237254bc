package dev.mokha.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The process {@code agent}; started by {@code up}, not by hand. */
@Command(name = "agent", hidden = true)
final class AgentCommand implements Runnable {
  @Mixin private InstanceOption option = new InstanceOption();

  @Override
  public void run() {
    throw new UserError("not wired yet for " + option.instance());
  }
}
