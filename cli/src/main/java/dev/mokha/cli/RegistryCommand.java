package dev.mokha.cli;

import dev.mokha.api.object.Json;
import dev.mokha.cli.control.ControlClient;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Shows and cleans the cluster's registry. */
@Command(
    name = "registry",
    description = "Show, clean, save and restore the cluster's image registry.",
    subcommands = {
      RegistryCommand.ListThem.class,
      RegistryCommand.Collect.class,
      RegistryCommand.Remove.class,
      RegistryCommand.Backup.class,
      RegistryCommand.Restore.class
    })
final class RegistryCommand {
  private static JsonNode call(Instance instance, ObjectNode request) {
    InstanceOption.requireRoot("registry");
    try (ProgressBars bars = new ProgressBars()) {
      return ControlClient.call(instance.controlSocket(Processes.nameOf(1)), request, bars::update);
    }
  }

  private static ObjectNode request(String command) {
    return Json.MAPPER.createObjectNode().put("command", "registry." + command);
  }

  private static String size(long bytes) {
    return bytes < 1_000_000
        ? "%.1f kB".formatted(bytes / 1e3)
        : bytes < 1_000_000_000
            ? "%.1f MB".formatted(bytes / 1e6)
            : "%.1f GB".formatted(bytes / 1e9);
  }

  @Command(
      name = "list",
      aliases = "ls",
      description = "List repositories and their tags, with what each image weighs.")
  static final class ListThem implements Runnable {
    @Mixin private InstanceOption option = new InstanceOption();

    @Parameters(
        arity = "0..1",
        paramLabel = "REPOSITORY",
        description = "This one, and those below it, alone.")
    private String repository = "";

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FORMAT",
        description = "json for the whole answer.")
    private String output = "";

    @Override
    public void run() {
      JsonNode all = call(option.instance(), request("list").put("repository", repository));
      if (output.equals("json")) {
        System.out.println(Json.text(all));
        return;
      }
      System.out.printf("%-40s %-20s %-19s %10s%n", "REPOSITORY", "TAG", "DIGEST", "SIZE");
      for (JsonNode entry : all) {
        String name = entry.path("name").asString();
        if (entry.path("tags").isEmpty()) {
          System.out.printf(
              "%-40s %-20s %d manifests without a tag%n",
              name, "-", entry.path("manifests").asInt());
        }
        for (JsonNode tag : entry.path("tags")) {
          System.out.printf(
              "%-40s %-20s %-19s %10s%n",
              name,
              tag.path("name").asString(),
              tag.path("digest").asString().substring(0, 19),
              size(tag.path("bytes").asLong()));
        }
      }
    }
  }

  @Command(
      name = "gc",
      description =
          "Remove what no image needs any more, while the registry is in use. What was used within"
              + " the grace stays: no push may take longer.")
  static final class Collect implements Runnable {
    @Mixin private InstanceOption option = new InstanceOption();

    @Option(names = "--untagged", description = "Also remove manifests to which no tag leads.")
    private boolean untagged;

    @Option(
        names = "--grace",
        paramLabel = "SECONDS",
        description = "Keep what was used within this time (default: 86400, a day).")
    private long grace = 86400;

    @Option(names = "--dry-run", description = "Only say what would go.")
    private boolean dryRun;

    @Override
    public void run() {
      if (grace < 0) {
        throw new UserError("--grace must not be negative");
      }
      JsonNode answer =
          call(
              option.instance(),
              request("gc")
                  .put("untagged", untagged)
                  .put("graceSeconds", grace)
                  .put("dryRun", dryRun));
      System.out.printf(
          "%s: %d blobs, %s; %d manifests.%n",
          dryRun ? "Would go" : "Gone",
          answer.path("blobs").asInt(),
          size(answer.path("bytes").asLong()),
          answer.path("manifests").asInt());
    }
  }

  @Command(
      name = "rm",
      description = "Remove a tag, a manifest with its tags, or a repository; gc frees the room.")
  static final class Remove implements Runnable {
    @Mixin private InstanceOption option = new InstanceOption();

    @Parameters(
        arity = "1..*",
        paramLabel = "NAME[:TAG|@DIGEST]",
        description = "What to remove; without tag and digest the whole repository.")
    private List<String> references;

    @Override
    public void run() {
      for (String reference : references) {
        JsonNode answer = call(option.instance(), request("remove").put("reference", reference));
        System.out.println("Removed: " + answer.path("removed").asString());
      }
    }
  }

  @Command(
      name = "backup",
      description =
          "Copy all that was pushed into a directory, while the registry is in use; the next time"
              + " only what is new is copied. Mirrored images and uploads under way are not in it.")
  static final class Backup implements Runnable {
    @Mixin private InstanceOption option = new InstanceOption();

    @Parameters(paramLabel = "DIR", description = "An empty directory, or that of a backup.")
    private Path directory;

    @Option(
        names = "--prune",
        description = "Remove from the backup what is no longer in the registry.")
    private boolean prune;

    @Override
    public void run() {
      JsonNode answer =
          call(
              option.instance(),
              request("backup")
                  .put("directory", directory.toAbsolutePath().normalize().toString())
                  .put("prune", prune));
      System.out.printf(
          "%d images by %d tags in %d repositories; %d blobs were new, %s%n",
          answer.path("manifests").asInt(),
          answer.path("tags").asInt(),
          answer.path("repositories").asInt(),
          answer.path("copied").asInt(),
          size(answer.path("bytes").asLong()));
      if (prune) {
        System.out.println("Freed: " + size(answer.path("freed").asLong()));
      }
    }
  }

  @Command(
      name = "restore",
      description =
          "Bring what a backup has into the running registry, every digest verified. What is there"
              + " stays; tags lead where the backup says.")
  static final class Restore implements Runnable {
    @Mixin private InstanceOption option = new InstanceOption();

    @Parameters(paramLabel = "DIR", description = "What mokha registry backup has written.")
    private Path directory;

    @Override
    public void run() {
      JsonNode answer =
          call(
              option.instance(),
              request("restore")
                  .put("directory", directory.toAbsolutePath().normalize().toString()));
      System.out.printf(
          "%d images by %d tags in %d repositories are restored; %d blobs were missing here, %s%n",
          answer.path("manifests").asInt(),
          answer.path("tags").asInt(),
          answer.path("repositories").asInt(),
          answer.path("copied").asInt(),
          size(answer.path("bytes").asLong()));
    }
  }
}
