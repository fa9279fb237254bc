package dev.mokha.cli;

import dev.mokha.cli.build.BuildCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Option;

/** The {@code mokha} command. */
@Command(
    name = "mokha",
    description = "A whole container cloud in one Java process.",
    mixinStandardHelpOptions = true,
    scope = CommandLine.ScopeType.INHERIT, // each command has --help
    versionProvider = Version.class,
    subcommands = {
      UpCommand.class,
      DownCommand.class,
      RestartCommand.class,
      StatusCommand.class,
      DoctorCommand.class,
      KubeconfigCommand.class,
      ImageCommand.class,
      BuildCommand.class,
      RegistryCommand.class,
      LogsCommand.class,
      JoinCommand.class,
      TokenCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
      RotateCommand.class,
      DaemonCommand.class,
      SweepCommand.class,
      TrainCommand.class
    })
public final class Main implements Runnable {
  @Option(names = "--stacktrace", description = "Show where in the program a failure came from.")
  private boolean stacktrace;

  Main() {}

  /** Runs one command; exits with 0, or 1 when it failed, or 2 when its words are wrong. */
  public static void main(String[] args) {
    Main main = new Main();
    IExecutionExceptionHandler onFailure =
        (failure, command, parsed) -> {
          command.getErr().println("mokha: " + sentence(failure));
          if (main.stacktrace) {
            failure.printStackTrace(command.getErr());
          }
          return 1;
        };
    System.exit(new CommandLine(main).setExecutionExceptionHandler(onFailure).execute(args));
  }

  private static String sentence(Exception failure) {
    if (failure instanceof UserError || failure.getMessage() == null) {
      return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }
    return failure.getMessage();
  }

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }
}
