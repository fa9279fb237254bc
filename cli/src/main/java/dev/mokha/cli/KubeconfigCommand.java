package dev.mokha.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints the administrator's kubeconfig. */
@Command(name = "kubeconfig", description = "Print the cluster administrator's kubeconfig.")
final class KubeconfigCommand implements Runnable {
  @Mixin private InstanceOption option = new InstanceOption();

  @Override
  public void run() {
    Path file = option.instance().adminKubeconfig();
    try {
      System.out.print(Files.readString(file));
    } catch (IOException e) {
      throw new UserError(
          "there is no kubeconfig at " + file + "; start the cluster with: mokha up");
    }
  }
}
