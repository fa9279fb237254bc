package dev.mokha.cli;

import dev.mokha.cli.daemon.Training;
import picocli.CommandLine.Command;

/**
 * Exercises what a start needs, so that the JVM can write an ahead-of-time cache (JEP 514) when it
 * ends; run by the launcher after a build, not by hand.
 */
@Command(name = "train", hidden = true)
final class TrainCommand implements Runnable {
  @Override
  public void run() {
    Training.run();
  }
}
