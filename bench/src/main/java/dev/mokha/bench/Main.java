package dev.mokha.bench;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code bench/run} command. */
@Command(
    name = "bench/run",
    description = "Measures the Kubernetes cluster of a kubeconfig, or two engines.",
    mixinStandardHelpOptions = true,
    subcommands = {
      PodsCommand.class,
      BurstCommand.class,
      DeploymentCommand.class,
      ServiceChangeCommand.class,
      ApiCommand.class,
      IdleCommand.class,
      DockerCommand.class,
      SoakCommand.class
    })
public final class Main implements Runnable {
  @Option(names = "--stacktrace", description = "Show where in the program a failure came from.")
  private boolean stacktrace;

  @Spec private CommandSpec spec;

  private Main() {}

  /** Runs one command; exits with 0, or 1 when it failed, or 2 when its words are wrong. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The whole command line. */
  static CommandLine commandLine() {
    Main main = new Main();
    return new CommandLine(main)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, command, _) -> {
              PrintWriter err = command.getErr();
              err.println(
                  "bench: "
                      + (failure.getMessage() == null ? failure.toString() : failure.getMessage()));
              if (main.stacktrace) {
                failure.printStackTrace(err);
              }
              return 1;
            });
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
