package dev.mokha.engine;

import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Preparation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** A daemon to be killed: creates, starts, stops and removes containers without end. */
final class ChurningDaemon {
  private ChurningDaemon() {}

  public static void main(String[] args) throws Exception {
    EngineConfig config =
        new EngineConfig(Path.of(args[0]), Path.of(args[1]), args[2], Map.of(), List.of());
    Path scratch = Path.of(args[3]);
    Engine engine = Engine.open(config);
    engine.containers().prepareWith("docker", new Marks(scratch));
    engine.containers().supervise();
    engine
        .containers()
        .create(
            TestEngine.busybox(List.of("sleep", "1000"))
                .owner("docker")
                .logPath(scratch.resolve("log-first"))
                .build())
        .start();
    for (int i = 0; i < 3; i++) {
      Thread.ofVirtual().start(() -> churn(engine, scratch));
    }
    System.out.println("churning");
    System.out.flush();
    Thread.currentThread().join();
  }

  private static void churn(Engine engine, Path scratch) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    while (true) {
      try {
        boolean brief = random.nextBoolean();
        ContainerSpec spec =
            TestEngine.busybox(brief ? List.of("true") : List.of("sleep", "1000"))
                .owner("docker")
                .logPath(scratch.resolve("log-" + random.nextLong()))
                .build();
        Container container = engine.containers().create(spec);
        try (var tree = container.tree()) {
          Files.writeString(tree.root().resolve("mark"), "before the start");
        }
        for (int run = random.nextInt(3); run >= 0; run--) {
          container.start();
          if (brief) {
            container.awaitExit();
          } else {
            container.stop(java.time.Duration.ZERO);
          }
        }
        if (random.nextInt(3) > 0) {
          container.remove();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** An owner whose preparations can be counted: a file for each. */
  record Marks(Path scratch) implements Preparation {
    @Override
    public ContainerSpec prepare(Container container, ContainerSpec spec) {
      try {
        Files.createFile(scratch.resolve("prepared-" + container.id()));
        return spec;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void release(Container container) {
      try {
        Files.deleteIfExists(scratch.resolve("prepared-" + container.id()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
