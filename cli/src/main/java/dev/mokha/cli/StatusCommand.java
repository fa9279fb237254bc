package dev.mokha.cli;

import dev.mokha.api.object.Json;
import dev.mokha.cli.control.ControlClient;
import java.nio.file.Files;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Says what runs. */
@Command(
    name = "status",
    description = "Say what runs here; exits with 1 unless every node is Ready.")
final class StatusCommand implements Callable<Integer> {
  @Mixin private InstanceOption option = new InstanceOption();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json for the whole answer.")
  private String output = "";

  @Override
  public Integer call() {
    InstanceOption.requireRoot("status");
    Instance instance = option.instance();
    Settings settings = Settings.read(instance).orElse(null);
    if (settings == null || !Files.exists(instance.runDir())) {
      System.out.println("Mokha does not run here; start it with: mokha up");
      return 1;
    }
    boolean ready = true;
    Processes processes = new Processes(instance);
    for (int node : Processes.nodes(instance, settings)) {
      ready &= show(instance, processes, node);
    }
    return ready ? 0 : 1;
  }

  private boolean show(Instance instance, Processes processes, int node) {
    String name = Processes.nameOf(node);
    long pid = processes.pid(node);
    if (pid == 0) {
      System.out.printf(
          "%-10s %s%n",
          name, processes.isSupervised(node) ? "is being started again" : "does not run");
      return false;
    }
    ObjectNode request = Json.MAPPER.createObjectNode().put("command", "status");
    JsonNode status = ControlClient.call(instance.controlSocket(name), request, (i, a, d, t) -> {});
    if (output.equals("json")) {
      System.out.println(Json.text(status));
    } else {
      System.out.printf(
          "%-10s pid %d, %s, %d pods, %d containers, %s%n",
          name,
          pid,
          status.path("ready").asBoolean() ? "Ready" : "not Ready",
          status.path("pods").asInt(),
          status.path("containers").asInt(),
          status.path("runtime").asString(""));
      JsonNode registry = status.path("registry");
      if (registry.has("address")) {
        System.out.printf(
            "%-10s https://%s, %d repositories, %d uploads under way%n",
            "registry",
            registry.path("address").asString(),
            registry.path("repositories").asInt(),
            registry.path("uploads").asInt());
      } else if (registry.has("failed")) {
        System.out.printf("%-10s %s%n", "registry", registry.path("failed").asString());
      }
    }
    return status.path("ready").asBoolean();
  }
}
