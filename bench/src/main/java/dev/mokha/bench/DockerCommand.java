package dev.mokha.bench;

import dev.mokha.bench.Processes.Use;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measures two engines beside each other through their Docker sockets, one round here, one round
 * there, so that whatever else the machine does meets both.
 */
@Command(
    name = "docker",
    description = "Measure two engines beside each other, with the docker command.",
    mixinStandardHelpOptions = true)
final class DockerCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--ours",
      paramLabel = "URL",
      description = "The one engine's socket (${DEFAULT-VALUE}).")
  private String ours = "unix:///run/mokha/docker.sock";

  @Option(names = "--theirs", paramLabel = "URL", description = "The other's (${DEFAULT-VALUE}).")
  private String theirs = "unix:///var/run/docker.sock";

  @Option(
      names = "--image",
      paramLabel = "NAME",
      description = "An image both have, with sh, echo and sleep (${DEFAULT-VALUE}).")
  private String image = "busybox";

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Rounds of what takes less than a second (${DEFAULT-VALUE}).")
  private int rounds = 20;

  @Option(
      names = "--at-once",
      paramLabel = "N",
      description = "Containers started at once (${DEFAULT-VALUE}).")
  private int atOnce = 50;

  @Option(
      names = "--push-to",
      paramLabel = "REPOSITORY",
      description =
          "A repository both can push to, with a tag made up for each push; without, no push.")
  private String repository = "";

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "WHAT",
      description = "Of ${COMPLETION-CANDIDATES}; all by default.")
  private List<What> only = List.of(What.values());

  @Option(names = "--json", description = "Print the result as one line of JSON.")
  private boolean json;

  /** What can be measured. */
  enum What {
    RUN,
    BURST,
    BUILD,
    LOAD,
    PUSH,
    MEMORY
  }

  /** One of the two, with what it took. */
  private record Side(String name, DockerCli docker) {}

  /** One round of something. */
  @FunctionalInterface
  private interface Round {
    long nanos(Side side, int number) throws Exception;
  }

  @Override
  public Integer call() throws Exception {
    List<Side> sides =
        List.of(new Side("ours", new DockerCli(ours)), new Side("theirs", new DockerCli(theirs)));
    Report report = new Report("docker");
    report.setting("image", image);
    for (Side side : sides) {
      report.setting(side.name(), side.docker().version());
    }
    if (only.contains(What.RUN)) {
      compare(report, "run --rm", sides, rounds, (side, n) -> run(side));
      compare(report, "run, no network", sides, rounds, (s, n) -> run(s, "--network", "none"));
    }
    if (only.contains(What.BURST)) {
      compare(report, atOnce + " at once", sides, 3, (side, n) -> burst(side));
    }
    if (only.contains(What.BUILD)) {
      build(report, sides);
    }
    if (only.contains(What.LOAD)) {
      load(report, sides);
    }
    if (only.contains(What.PUSH) && !repository.isEmpty()) {
      compare(report, "push", sides, Math.min(rounds, 5), this::push);
    }
    if (only.contains(What.MEMORY)) {
      memory(report, sides);
    }
    report.print(spec.commandLine().getOut(), json);
    return 0;
  }

  private void compare(Report report, String what, List<Side> sides, int times, Round round)
      throws Exception {
    List<List<Long>> taken = List.of(new ArrayList<>(), new ArrayList<>());
    try (Progress progress =
        Progress.start(spec.commandLine().getErr(), "rounds of " + what, times)) {
      for (int n = 0; n <= times; n++) {
        for (int s = 0; s < sides.size(); s++) {
          long nanos = round.nanos(sides.get(s), n);
          if (n > 0) { // the first one fills caches
            taken.get(s).add(nanos);
          }
        }
        progress.step();
      }
    }
    for (int s = 0; s < sides.size(); s++) {
      report.durations(what + ", " + sides.get(s).name(), taken.get(s));
    }
    report.value(what + ", times faster", median(taken.get(1)) / median(taken.get(0)), "");
  }

  private static double median(List<Long> nanos) {
    List<Long> sorted = new ArrayList<>(nanos);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private static long timed(Callable<?> work) throws Exception {
    long start = System.nanoTime();
    work.call();
    return System.nanoTime() - start;
  }

  private long run(Side side, String... options) throws Exception {
    List<String> words = new ArrayList<>(List.of("run", "--rm"));
    words.addAll(List.of(options));
    words.addAll(List.of(image, "echo", "hello"));
    return timed(() -> side.docker().run(words));
  }

  /** Containers made one after the other and started all at once, until the last start is done. */
  private long burst(Side side) throws Exception {
    List<String> ids = new ArrayList<>();
    try {
      for (int i = 0; i < atOnce; i++) {
        ids.add(side.docker().run("create", image, "sleep", "600"));
      }
      // Over the socket: fifty docker commands would cost more than what they start.
      return timed(
          () -> {
            List<Thread> clients = new ArrayList<>();
            List<Exception> failures = Collections.synchronizedList(new ArrayList<>());
            for (String id : ids) {
              clients.add(
                  Thread.startVirtualThread(
                      () -> {
                        try {
                          side.docker().post("/containers/" + id + "/start");
                        } catch (Exception e) {
                          failures.add(e);
                        }
                      }));
            }
            for (Thread client : clients) {
              client.join();
            }
            if (!failures.isEmpty()) {
              throw failures.getFirst();
            }
            return null;
          });
    } finally {
      remove(side, ids);
    }
  }

  private static void remove(Side side, List<String> ids) throws Exception {
    if (!ids.isEmpty()) {
      List<String> words = new ArrayList<>(List.of("rm", "-f"));
      words.addAll(ids);
      side.docker().run(words);
    }
  }

  /** An unchanged tree of a thousand small files and a few steps. */
  private void build(Report report, List<Side> sides) throws Exception {
    Path tree = Files.createTempDirectory("bench-build");
    try {
      Files.writeString(
          tree.resolve("Dockerfile"),
          """
          FROM %s
          WORKDIR /app
          COPY files files
          RUN ls -R files > list
          COPY Dockerfile .
          CMD ["cat", "list"]
          """
              .formatted(image));
      for (int i = 0; i < 1000; i++) {
        Path file = tree.resolve("files/%d/%d.txt".formatted(i % 20, i));
        Files.createDirectories(file.getParent());
        Files.writeString(file, "file " + i + "\n".repeat(i % 100));
      }
      List<String> words = List.of("build", "-q", "-t", "bench-build", tree.toString());
      compare(
          report, "build, unchanged", sides, rounds, (s, n) -> timed(() -> s.docker().run(words)));
      for (Side side : sides) {
        side.docker().run("rmi", "bench-build");
      }
    } finally {
      DockerCli.delete(tree);
    }
  }

  private void load(Report report, List<Side> sides) throws Exception {
    Path directory = Files.createTempDirectory("bench-load");
    try {
      Path archive = directory.resolve("image.tar");
      sides.get(1).docker().run("save", "-o", archive.toString(), image);
      report.setting("archive", Files.size(archive) / 1024 + " KiB");
      for (Side side : sides) {
        side.docker().run("tag", image, "bench-keep");
      }
      compare(
          report,
          "load",
          sides,
          Math.min(rounds, 5),
          (side, n) -> {
            side.docker().run("rmi", "-f", image, "bench-keep");
            return timed(() -> side.docker().run("load", "-q", "-i", archive.toString()));
          });
    } finally {
      DockerCli.delete(directory);
    }
  }

  /** An image with a layer of 32 MiB that no registry has yet. */
  private long push(Side side, int number) throws Exception {
    Path tree = Files.createTempDirectory("bench-push");
    String name = repository + ":" + side.name() + number + "-" + ProcessHandle.current().pid();
    try {
      byte[] bytes = new byte[32 << 20];
      new java.util.Random(System.nanoTime()).nextBytes(bytes);
      Files.write(tree.resolve("data"), bytes);
      Files.writeString(tree.resolve("Dockerfile"), "FROM " + image + "\nCOPY data /data\n");
      side.docker().run("build", "-q", "-t", name, tree.toString());
      return timed(() -> side.docker().run("push", "-q", name));
    } finally {
      side.docker().run("rmi", "-f", name);
      DockerCli.delete(tree);
    }
  }

  /** Memory of what holds ten sleeping containers: all processes that have a container's id. */
  private void memory(Report report, List<Side> sides) throws Exception {
    Processes processes = Processes.ofThisMachine();
    int count = 10;
    double[] each = new double[2];
    for (int s = 0; s < sides.size(); s++) {
      List<String> ids = new ArrayList<>();
      try {
        for (int i = 0; i < count; i++) {
          ids.add(sides.get(s).docker().run("run", "-d", image, "sleep", "600"));
        }
        Use use = processes.use(holders(ids));
        each[s] = use.rssKib() / 1024.0 / count;
        report
            .value("memory that holds a container, " + sides.get(s).name(), each[s], "MiB")
            .value(
                "the same, shared pages parted, " + sides.get(s).name(),
                use.pssKib() / 1024.0 / count,
                "MiB");
      } finally {
        remove(sides.get(s), ids);
      }
    }
    report.value("memory, ours of theirs", each[0] / each[1], "");
  }

  private static List<Long> holders(List<String> ids) {
    Set<Long> pids = new LinkedHashSet<>();
    ProcessHandle.allProcesses()
        .forEach(
            process -> {
              String words = DockerCli.commandLine(process.pid());
              if (ids.stream().anyMatch(words::contains)) {
                pids.add(process.pid());
              }
            });
    return List.copyOf(pids);
  }
}
