package dev.mokha.cli;

import dev.mokha.api.object.Json;
import dev.mokha.cli.control.ControlClient;
import dev.mokha.server.pki.ClusterPki;
import java.time.Clock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Changes keys. */
@Command(
    name = "rotate",
    description = "Change a key of the cluster.",
    subcommands = {RotateCommand.EncryptionKey.class, RotateCommand.ServiceAccountKey.class})
final class RotateCommand {
  @Command(
      name = "encryption-key",
      description =
          "Encrypt what is stored with a new key from now on, and all that is there already.")
  static final class EncryptionKey implements Runnable {
    @Mixin private InstanceOption option = new InstanceOption();

    @Option(
        names = "--drop-old",
        description =
            "Forget the keys before it when all is written anew; backups made before can't be"
                + " read then without their own copy of the keys.")
    private boolean dropOld;

    @Override
    public void run() {
      InstanceOption.requireRoot("rotate");
      ObjectNode request =
          Json.MAPPER
              .createObjectNode()
              .put("command", "rotate-encryption-key")
              .put("dropOld", dropOld);
      try (ProgressBars bars = new ProgressBars()) {
        JsonNode answer =
            ControlClient.call(
                option.instance().controlSocket(Processes.nameOf(1)), request, bars::update);
        System.out.printf(
            "The key %s encrypts now; %d objects were written anew; %s.%n",
            answer.path("key").asString(),
            answer.path("written").asInt(),
            answer.has("dropped")
                ? answer.path("dropped").asInt() + " old keys were removed"
                : "the keys before it still read");
      }
    }
  }

  @Command(
      name = "service-account-key",
      description =
          "Sign service-account tokens with a new key from the next start on (mokha restart); those"
              + " of the keys before it stay good.")
  static final class ServiceAccountKey implements Runnable {
    @Mixin private InstanceOption option = new InstanceOption();

    @Override
    public void run() {
      InstanceOption.requireRoot("rotate");
      Instance instance = option.instance();
      boolean shared = Settings.read(instance).map(s -> !s.store().isEmpty()).orElse(false);
      if (shared) {
        throw new UserError(
            "servers that share a store share this key too, and take it from there; it can't be"
                + " changed yet");
      }
      ClusterPki.open(instance.pkiDir(), Clock.systemUTC()).rotateServiceAccountKey();
      System.out.println("mokha restart makes the new key sign.");
    }
  }
}
