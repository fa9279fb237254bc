package dev.mokha.cli;

import dev.mokha.cli.daemon.Sweep;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Stops a node's containers and takes its kernel state away; run by {@code down}, not by hand. */
@Command(name = "sweep", hidden = true)
final class SweepCommand implements Runnable {
  @Mixin private InstanceOption option = new InstanceOption();

  @Option(names = "--node", defaultValue = "1")
  private int node;

  @Override
  public void run() {
    Instance instance = option.instance();
    Sweep.node(instance, Settings.read(instance).orElse(Settings.DEFAULT), node);
  }
}
