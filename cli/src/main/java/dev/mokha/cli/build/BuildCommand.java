package dev.mokha.cli.build;

import dev.mokha.cli.UserError;
import dev.mokha.engineclient.Build;
import dev.mokha.engineclient.EngineClient;
import dev.mokha.engineclient.EngineClientException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Builds an image from a Dockerfile. */
@Command(
    name = "build",
    description = "Build an image from a Dockerfile.",
    mixinStandardHelpOptions = true)
public final class BuildCommand implements Callable<Integer> {
  private static final String STANDARD_INPUT = "-";
  private static final int DEFAULT_WIDTH = 80;

  @Parameters(
      paramLabel = "PATH",
      description =
          "Directory of the build context, an address of a tar or a git repository"
              + " (https://HOST/APP.git#REF:DIRECTORY), or - for a tar or a Dockerfile from"
              + " standard input.")
  private String context;

  @Option(
      names = {"-t", "--tag"},
      paramLabel = "NAME",
      description = "Name of the image; repeatable.")
  private List<String> tags = List.of();

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "The Dockerfile (default: PATH/Dockerfile), - for standard input.")
  private String file = "";

  @Option(names = "--target", description = "The stage to build (default: the last).")
  private String target = "";

  @Option(
      names = "--build-arg",
      paramLabel = "NAME[=VALUE]",
      description = "A build argument; without value, from the environment.")
  private List<String> buildArgs = List.of();

  @Option(
      names = "--secret",
      paramLabel = "id=ID,src=FILE",
      description = "A secret for RUN --mount=type=secret; env=NAME takes a variable.")
  private List<String> secrets = List.of();

  @Option(
      names = "--ssh",
      paramLabel = "default|ID[=SOCKET]",
      description =
          "An SSH agent for RUN --mount=type=ssh (default: that of SSH_AUTH_SOCK); repeatable.")
  private List<String> agents = List.of();

  @Option(
      names = "--build-context",
      paramLabel = "NAME=PATH|ADDRESS",
      description =
          "Another context, for COPY --from=NAME; docker-image://IMAGE for an image; repeatable.")
  private List<String> contexts = List.of();

  @Option(
      names = "--allow",
      paramLabel = "ENTITLEMENT",
      description = "security.insecure, for RUN --security=insecure; needs the right to it.")
  private String allow = "";

  @Option(names = "--no-cache", description = "Carry out every step.")
  private boolean noCache;

  @Option(names = "--pull", description = "Fetch base images even if they are here.")
  private boolean pull;

  @Option(
      names = "--cache-from",
      paramLabel = "IMAGE",
      description = "An image whose layers may be taken; repeatable.")
  private List<String> cacheFrom = List.of();

  @Option(names = "--squash", description = "Make one layer of those that are added.")
  private boolean squash;

  @Option(
      names = "--progress",
      paramLabel = "HOW",
      description = "auto, plain or tty (default: ${DEFAULT-VALUE}).")
  private String progress = "auto";

  @Option(names = "--platform", description = "Such as linux/amd64.")
  private String platform = "";

  @Option(names = "--network", description = "Network of RUN steps: default, none, host or a name.")
  private String network = "";

  @Option(names = "--add-host", paramLabel = "NAME:IP", description = "A line of /etc/hosts.")
  private List<String> extraHosts = List.of();

  @Option(names = "--label", paramLabel = "NAME=VALUE", description = "A label; repeatable.")
  private List<String> labels = List.of();

  @Option(names = "--iidfile", paramLabel = "FILE", description = "Write the image's id there.")
  private Path idFile;

  @Option(
      names = "--check",
      description = "Look for likely mistakes in the Dockerfile instead of building; ends with 1.")
  private boolean check;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but the image's id.")
  private boolean quiet;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The engine's socket (default: DOCKER_HOST, or /run/mokha/docker.sock).")
  private Path socket;

  @Override
  public Integer call() {
    String[] id = {""};
    boolean[] wrong = {false};
    try (EngineClient engine =
            socket == null ? EngineClient.fromEnvironment() : EngineClient.local(socket);
        BuildDisplay display = display()) {
      Build build = request();
      try (InputStream body = body()) {
        if (body == null) {
          build = build.option("mokhadirectory", directory().toString());
        }
        InputStream sent = body == null ? new ByteArrayInputStream(new byte[0]) : body;
        engine
            .images()
            .build(
                sent,
                build,
                ClientOptions.secrets(secrets),
                line -> {
                  if (line.path("event").asString("").equals("checked")) {
                    wrong[0] = !CheckReport.print(line, System.out);
                    return;
                  }
                  if (line.path("event").asString("").equals("built")) {
                    id[0] = line.path("image").asString("");
                  }
                  if (!quiet) {
                    display.event(line);
                  }
                });
      }
      if (idFile != null && !check) {
        Files.writeString(idFile, id[0]);
      }
    } catch (EngineClientException e) {
      throw new UserError(e.getMessage());
    } catch (IOException e) {
      throw new UserError("the build context can't be read: " + e.getMessage());
    }
    if (quiet && !check) {
      System.out.println(id[0]);
    }
    return wrong[0] ? 1 : 0;
  }

  private BuildDisplay display() {
    boolean terminal =
        switch (progress) {
          case "tty" -> true;
          case "plain" -> false;
          case "auto" -> System.console() != null && System.console().isTerminal();
          default -> throw new UserError("--progress is auto, plain or tty, not " + progress);
        };
    return new BuildDisplay(System.err, terminal && !quiet, width());
  }

  private static int width() {
    try {
      return Integer.parseInt(System.getenv().getOrDefault("COLUMNS", ""));
    } catch (NumberFormatException e) {
      return DEFAULT_WIDTH;
    }
  }

  private Build request() {
    Build build = Build.DEFAULT.dockerfile(dockerfile()).target(target);
    for (String tag : tags) {
      build = build.tag(tag);
    }
    for (String argument : buildArgs) {
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      String value = equals < 0 ? System.getenv(name) : argument.substring(equals + 1);
      if (value != null) {
        build = build.argument(name, value);
      }
    }
    String date = System.getenv("SOURCE_DATE_EPOCH");
    if (date != null && !build.arguments().containsKey("SOURCE_DATE_EPOCH")) {
      build = build.argument("SOURCE_DATE_EPOCH", date);
    }
    for (String label : labels) {
      int equals = label.indexOf('=');
      build =
          build.label(
              equals < 0 ? label : label.substring(0, equals),
              equals < 0 ? "" : label.substring(equals + 1));
    }
    for (String image : cacheFrom) {
      build = build.cacheFrom(image);
    }
    Map<String, String> options = new LinkedHashMap<>();
    options.put("nocache", noCache ? "1" : "");
    options.put("pull", pull ? "1" : "");
    options.put("squash", squash ? "1" : "");
    options.put("mokhassh", ClientOptions.agents(agents));
    options.put("mokhacontexts", ClientOptions.contexts(contexts));
    options.put("mokhaallow", allow);
    options.put("mokhacheck", check ? "1" : "");
    options.put("platform", platform);
    options.put("networkmode", network);
    options.put("remote", isAddress() ? context : "");
    for (Map.Entry<String, String> option : options.entrySet()) {
      if (!option.getValue().isEmpty()) {
        build = build.option(option.getKey(), option.getValue());
      }
    }
    for (String host : extraHosts) {
      build = build.host(host);
    }
    return build;
  }

  private boolean isAddress() {
    String lower = context.toLowerCase(Locale.ROOT);
    return lower.startsWith("http://")
        || lower.startsWith("https://")
        || lower.startsWith("git://")
        || lower.startsWith("github.com/") && !Files.isDirectory(Path.of(context));
  }

  private Path directory() {
    Path path = Path.of(context).toAbsolutePath().normalize();
    if (!Files.isDirectory(path)) {
      throw new UserError("there is no directory " + path + " to build from");
    }
    return path;
  }

  /** Whether the Dockerfile is outside of what is sent. */
  private boolean isElsewhere() {
    return !file.isEmpty()
        && (file.equals(STANDARD_INPUT)
            || !Path.of(file).toAbsolutePath().normalize().startsWith(directory()));
  }

  private String dockerfile() {
    if (file.isEmpty()) {
      return "Dockerfile";
    }
    if (context.equals(STANDARD_INPUT) || isAddress()) {
      return file;
    }
    if (isElsewhere()) {
      return ".dockerfile.mokha";
    }
    return directory().relativize(Path.of(file).toAbsolutePath().normalize()).toString();
  }

  /** What is sent; null when the engine reads the directory itself. */
  private InputStream body() throws IOException {
    if (isAddress()) {
      return new ByteArrayInputStream(new byte[0]);
    }
    if (context.equals(STANDARD_INPUT)) {
      if (file.equals(STANDARD_INPUT)) {
        throw new UserError("context and Dockerfile can't both come by standard input");
      }
      return ContextTar.ofStream(System.in, dockerfile());
    }
    if (!isElsewhere()) {
      boolean root = "root".equals(System.getProperty("user.name"));
      return root && isLocal() ? null : ContextTar.of(directory(), dockerfile(), null);
    }
    byte[] text =
        file.equals(STANDARD_INPUT) ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
    return ContextTar.of(directory(), dockerfile(), text);
  }

  private boolean isLocal() {
    String host = System.getenv("DOCKER_HOST");
    return socket != null || host == null || host.isBlank() || host.startsWith("unix:");
  }
}
