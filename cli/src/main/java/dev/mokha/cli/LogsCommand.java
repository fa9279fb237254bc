package dev.mokha.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a daemon wrote. */
@Command(name = "logs", description = "Show the log of the daemon, or of a further node's.")
final class LogsCommand implements Runnable {
  @Mixin private InstanceOption option = new InstanceOption();

  @Option(
      names = {"-f", "--follow"},
      description = "Go on showing what is added.")
  private boolean follow;

  @Option(
      names = {"-n", "--tail"},
      description = "How many lines (default: ${DEFAULT-VALUE}).")
  private int lines = 100;

  @Parameters(
      arity = "0..1",
      paramLabel = "NODE",
      description = "Number of the node, 1 being the first with the server.")
  private int node = 1;

  @Override
  public void run() {
    var file = option.instance().log(Processes.nameOf(node));
    if (!Files.exists(file)) {
      throw new UserError("there is no log at " + file + "; nothing was started here yet");
    }
    List<String> command = new ArrayList<>(List.of("tail", "-n", Integer.toString(lines)));
    if (follow) {
      command.add("-F");
    }
    command.add(file.toString());
    try {
      new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UserError("the log " + file + " can't be shown: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
