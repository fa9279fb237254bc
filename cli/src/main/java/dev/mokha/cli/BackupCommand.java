package dev.mokha.cli;

import dev.mokha.api.object.Json;
import dev.mokha.cli.control.ControlClient;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Saves a running cluster in one file. */
@Command(
    name = "backup",
    description =
        "Save the running cluster in one file: all objects at one moment, keys, settings. Images,"
            + " volumes and logs are not in it; mokha registry backup saves the images pushed.")
final class BackupCommand implements Runnable {
  @Mixin private InstanceOption option = new InstanceOption();

  @Parameters(paramLabel = "FILE", description = "Where to; an older backup there is replaced.")
  private Path file;

  @Override
  public void run() {
    InstanceOption.requireRoot("backup");
    Instance instance = option.instance();
    Path target = file.toAbsolutePath().normalize();
    if (Files.isDirectory(target) || !Files.isDirectory(target.getParent())) {
      throw new UserError(
          "%s can't be written: name a file in a directory that exists".formatted(target));
    }
    ObjectNode request = Json.MAPPER.createObjectNode().put("command", "backup");
    request.put("file", target.toString());
    try (ProgressBars bars = new ProgressBars()) {
      JsonNode result =
          ControlClient.call(instance.controlSocket(Processes.nameOf(1)), request, bars::update);
      System.out.printf(
          "%d objects at revision %d, %.1f MB: %s%n",
          result.path("objects").asInt(),
          result.path("revision").asLong(),
          result.path("bytes").asLong() / 1e6,
          target);
    }
    System.err.println(
        "It holds the cluster's private keys, and all its Secrets with the keys that open them:"
            + " whoever can read it owns the cluster.");
  }
}
