package dev.mokha.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The process {@code sweep}; started by {@code up}, not by hand. */
@Command(name = "sweep", hidden = true)
final class SweepCommand implements Runnable {
  @Mixin private InstanceOption option = new InstanceOption();

  @Override
  public void run() {
    throw new UserError("not wired yet for " + option.instance());
  }
}
