package dev.mokha.cli;

import dev.mokha.api.object.Json;
import dev.mokha.cli.control.ControlClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Images of this machine's nodes: what one command does, it does on every node. */
@Command(
    name = "image",
    description = "Import, compose, pull, push, check, list and remove images.",
    mixinStandardHelpOptions = true)
final class ImageCommand implements Runnable {
  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }

  private static JsonNode onEachNode(InstanceOption option, ObjectNode request) {
    InstanceOption.requireRoot("image");
    Instance instance = option.instance();
    List<Integer> nodes =
        Processes.nodes(instance, Settings.read(instance).orElse(Settings.DEFAULT));
    JsonNode result = null;
    try (ProgressBars bars = new ProgressBars()) {
      for (int node : nodes) {
        JsonNode answer =
            ControlClient.call(
                instance.controlSocket(Processes.nameOf(node)), request, bars::update);
        result = result == null ? answer : result;
      }
    }
    return result;
  }

  private static ObjectNode request(String command) {
    return Json.MAPPER.createObjectNode().put("command", command);
  }

  private static void strings(ObjectNode to, String field, List<String> values) {
    ArrayNode array = to.putArray(field);
    values.forEach(array::add);
  }

  @Command(name = "list", aliases = "ls", description = "List the images.")
  void list(@Mixin InstanceOption option) {
    System.out.printf("%-60s %-14s %10s  %s%n", "IMAGE", "ID", "SIZE", "CREATED");
    for (JsonNode image : onEachNode(option, request("image.list"))) {
      String id = image.path("id").asString("").replace("sha256:", "");
      for (JsonNode reference : image.path("references")) {
        System.out.printf(
            "%-60s %-14s %10s  %s%n",
            reference.asString(),
            id.substring(0, Math.min(12, id.length())),
            megabytes(image.path("size").asLong()),
            Instant.parse(image.path("created").asString()));
      }
    }
  }

  private static String megabytes(long bytes) {
    return String.format("%.1f MB", bytes / 1e6);
  }

  @Command(name = "pull", description = "Fetch an image from its registry.")
  void pull(
      @Mixin InstanceOption option,
      @Option(
              names = "--kubeconfig",
              paramLabel = "FILE",
              description =
                  "As whom the cluster's own registry is asked (default: as its administrator where"
                      + " the server runs, else as the node).")
          Path kubeconfig,
      @Parameters(paramLabel = "IMAGE") String reference) {
    print(
        onEachNode(
            option,
            request("image.pull")
                .put("reference", reference)
                .put("kubeconfig", identity(option, kubeconfig))));
  }

  /** Whose rights count at the cluster's registry: root can read this file, so they are his. */
  private static String identity(InstanceOption option, Path given) {
    if (given != null) {
      return given.toString().isEmpty() ? "" : given.toAbsolutePath().normalize().toString();
    }
    InstanceOption.requireRoot("image");
    Path admin = option.instance().adminKubeconfig();
    return java.nio.file.Files.isReadable(admin) ? admin.toAbsolutePath().toString() : "";
  }

  @Command(name = "push", description = "Send an image to the registry its name names.")
  void push(
      @Mixin InstanceOption option,
      @Option(names = "--kubeconfig", paramLabel = "FILE", description = "As for pull.")
          Path kubeconfig,
      @Parameters(paramLabel = "IMAGE") String reference) {
    JsonNode pushed =
        onFirstNode(
            option,
            request("image.push")
                .put("reference", reference)
                .put("kubeconfig", identity(option, kubeconfig)));
    System.out.println(
        pushed.path("reference").asString() + "@" + pushed.path("digest").asString());
  }

  @Command(
      name = "check",
      description = "Verify every blob and every layer; ends with 1 when something stays damaged.")
  int check(
      @Mixin InstanceOption option,
      @Option(
              names = "--repair",
              description = "Unpack damaged layers and fetch damaged blobs again.")
          boolean repair) {
    InstanceOption.requireRoot("image");
    Instance instance = option.instance();
    int damaged = 0;
    int found = 0;
    for (int node : Processes.nodes(instance, Settings.read(instance).orElse(Settings.DEFAULT))) {
      JsonNode findings;
      try (ProgressBars bars = new ProgressBars()) {
        findings =
            ControlClient.call(
                instance.controlSocket(Processes.nameOf(node)),
                request("image.check").put("repair", repair),
                bars::update);
      }
      for (JsonNode finding : findings) {
        found++;
        damaged += finding.path("repaired").asBoolean() ? 0 : 1;
        System.out.println(
            finding.path("problem").asString() + "; " + finding.path("remedy").asString());
      }
    }
    System.out.println(
        found == 0
            ? "all images are whole"
            : "%d damaged, %d of them repaired".formatted(found, found - damaged));
    return damaged == 0 ? 0 : 1;
  }

  @Command(
      name = "slim",
      description =
          "Run a container of an image, and show what each layer weighs and which files no process"
              + " opened.")
  void slim(
      @Mixin InstanceOption option,
      @Parameters(paramLabel = "IMAGE") String reference,
      @Option(
              names = "--watch",
              defaultValue = "10",
              paramLabel = "SECONDS",
              description = "How long it may run (default: 10).")
          int seconds,
      @Option(
              names = "--files",
              defaultValue = "10",
              paramLabel = "N",
              description = "How many unused files of each layer are named (default: 10).")
          int files,
      @Option(
              names = "--run",
              arity = "1..*",
              paramLabel = "WORD",
              description = "What to run instead of the image's own command; the last option.")
          List<String> run) {
    ObjectNode request =
        request("image.slim")
            .put("reference", reference)
            .put("seconds", seconds)
            .put("files", files);
    strings(request, "run", orEmpty(run));
    JsonNode report = onFirstNode(option, request);
    for (JsonNode layer : report.path("layers")) {
      System.out.printf(
          "%s  %s in %d files: %s opened, %s not, %s hidden by later layers%n  %s%n",
          layer.path("diffId").asString().replace("sha256:", "").substring(0, 12),
          megabytes(layer.path("bytes").asLong()),
          layer.path("files").asInt(),
          megabytes(layer.path("openedBytes").asLong()),
          megabytes(layer.path("unusedBytes").asLong()),
          megabytes(layer.path("hiddenBytes").asLong()),
          layer.path("createdBy").asString());
      for (JsonNode file : layer.path("unused")) {
        System.out.printf(
            "  %10s  %s%n", megabytes(file.path("bytes").asLong()), file.path("path").asString());
      }
    }
    int code = report.path("exitCode").asInt();
    System.out.printf(
        "it ran %.1f s and %s%n",
        report.path("seconds").asDouble(), code < 0 ? "was ended then" : "ended with " + code);
  }

  private static JsonNode onFirstNode(InstanceOption option, ObjectNode request) {
    InstanceOption.requireRoot("image");
    try (ProgressBars bars = new ProgressBars()) {
      return ControlClient.call(
          option.instance().controlSocket(Processes.nameOf(1)), request, bars::update);
    }
  }

  @Command(
      name = "import",
      description = "Take the images of an OCI layout or a docker save archive.")
  void importArchive(
      @Mixin InstanceOption option,
      @Parameters(paramLabel = "FILE") Path file,
      @Option(
              names = {"-t", "--tag"},
              paramLabel = "NAME",
              description = "Name of the image, if the archive does not say it.")
          String tag) {
    if (!Files.isReadable(file)) {
      throw new UserError("there is no readable file " + file);
    }
    JsonNode images =
        onEachNode(
            option,
            request("image.import")
                .put("file", file.toAbsolutePath().toString())
                .put("reference", tag == null ? "" : tag));
    images.forEach(ImageCommand::print);
  }

  @Command(name = "export", description = "Write an image as an OCI layout in a tar file.")
  void export(
      @Mixin InstanceOption option,
      @Parameters(paramLabel = "IMAGE") String reference,
      @Option(
              names = {"-o", "--output"},
              required = true,
              paramLabel = "FILE")
          Path file) {
    InstanceOption.requireRoot("image");
    ObjectNode request =
        request("image.export")
            .put("reference", reference)
            .put("file", file.toAbsolutePath().toString());
    ControlClient.call(
        option.instance().controlSocket(Processes.nameOf(1)), request, (i, a, d, t) -> {});
  }

  @Command(name = "compose", description = "Build a minimal image from signed Debian packages.")
  void compose(
      @Mixin InstanceOption option,
      @Option(
              names = {"-t", "--tag"},
              required = true,
              paramLabel = "NAME",
              description = "Name of the image.")
          String tag,
      @Option(
              names = "--packages",
              required = true,
              split = ",",
              paramLabel = "PACKAGE",
              description = "Debian packages, separated by commas.")
          List<String> packages,
      @Option(
              names = "--suite",
              defaultValue = "",
              description = "Debian suite (default: this machine's).")
          String suite,
      @Option(
              names = "--copy",
              paramLabel = "PATH=FILE",
              description = "A file to copy in, by its path in the image.")
          Map<String, Path> files,
      @Option(names = "--env", paramLabel = "NAME=VALUE", description = "An environment variable.")
          List<String> env,
      @Option(
              names = "--entrypoint",
              split = ",",
              description = "What runs, words separated by commas.")
          List<String> entrypoint,
      @Option(names = "--cmd", split = ",", description = "Its default arguments.")
          List<String> cmd,
      @Option(names = "--user", defaultValue = "", description = "Who it runs as.") String user,
      @Option(names = "--workdir", defaultValue = "", description = "Where it runs.")
          String workdir,
      @Option(names = "--expose", split = ",", paramLabel = "PORT", description = "Such as 80/tcp.")
          List<String> expose,
      @Option(names = "--stop-signal", defaultValue = "", description = "Such as SIGQUIT.")
          String stopSignal) {
    ObjectNode request = request("image.compose").put("reference", tag).put("suite", suite);
    strings(request, "packages", packages);
    ObjectNode copied = request.putObject("files");
    orEmpty(files).forEach((to, from) -> copied.put(to, from.toAbsolutePath().toString()));
    ObjectNode config = request.putObject("config");
    strings(config, "env", orEmpty(env));
    strings(config, "entrypoint", orEmpty(entrypoint));
    strings(config, "cmd", orEmpty(cmd));
    strings(config, "exposedPorts", orEmpty(expose));
    config.put("user", user).put("workingDir", workdir).put("stopSignal", stopSignal);
    print(onEachNode(option, request));
  }

  @Command(
      name = "remove",
      aliases = "rm",
      description = "Take a name, or an id's all names, away.")
  void remove(@Mixin InstanceOption option, @Parameters(paramLabel = "IMAGE") String reference) {
    onEachNode(option, request("image.remove").put("reference", reference));
  }

  private static <T> List<T> orEmpty(List<T> list) {
    return list == null ? List.of() : list;
  }

  private static <K, V> Map<K, V> orEmpty(Map<K, V> map) {
    return map == null ? Map.of() : map;
  }

  private static void print(JsonNode image) {
    image.path("references").forEach(r -> System.out.println(r.asString()));
  }
}
