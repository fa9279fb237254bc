package dev.mokha.engine.build;

import dev.mokha.engine.Engine;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.TestEngine;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** An engine to build with, and a directory to build from. */
final class BuildFixture implements AutoCloseable {
  private final TestEngine test = TestEngine.withBusybox();
  private final Path directory;

  BuildFixture() {
    try {
      directory = Files.createTempDirectory(test.scratch(), "context");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TestEngine test() {
    return test;
  }

  Engine engine() {
    return test.engine();
  }

  /** A fresh, empty context. */
  Path context() throws IOException {
    return Files.createTempDirectory(directory, "c");
  }

  /** What a build told. */
  record Told(String id, String text, List<BuildEvent> events) {
    long count(Class<? extends BuildEvent> kind) {
      return events.stream().filter(kind::isInstance).count();
    }
  }

  /** Builds a directory. */
  Told build(Path context, UnaryOperator<BuildRequest.Builder> more) {
    return build(new BuildContext.Directory(context), more);
  }

  Told build(BuildContext context, UnaryOperator<BuildRequest.Builder> more) {
    StringBuilder text = new StringBuilder();
    List<BuildEvent> events = new ArrayList<>();
    ClassicProgress classic =
        new ClassicProgress(
            new ClassicProgress.Sink() {
              @Override
              public void stream(String piece) {
                text.append(piece);
              }

              @Override
              public void progress(String id, String status, long done, long total) {
                text.append(status).append(' ').append(id).append('\n');
              }

              @Override
              public void aux(String imageId) {
                text.append("aux ").append(imageId).append('\n');
              }
            },
            false);
    String id =
        engine()
            .builder()
            .build(
                more.apply(BuildRequest.of(context)).build(),
                event -> {
                  events.add(event);
                  classic.event(event);
                });
    return new Told(id, text.toString(), events);
  }

  /** Builds a Dockerfile without files. */
  Told build(String dockerfile) {
    return build(
        new BuildContext.DockerfileOnly(dockerfile.getBytes(StandardCharsets.UTF_8)), b -> b);
  }

  /** Builds a Dockerfile in a directory. */
  Told build(Path context, String dockerfile) throws IOException {
    Files.writeString(context.resolve("Dockerfile"), dockerfile);
    return build(context, b -> b);
  }

  /** What a command says in a container of an image. */
  String run(String image, String... command) {
    Container container =
        engine()
            .containers()
            .create(
                ContainerSpec.builder()
                    .owner("test")
                    .image(image)
                    .args(List.of(command))
                    .env(engine().images().find(image).orElseThrow().config().env())
                    .build());
    try (Container.ExecSession session = container.attach(false, true, true)) {
      container.start();
      return new String(session.stdout().readAllBytes(), StandardCharsets.UTF_8)
          + new String(session.stderr().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      container.remove();
    }
  }

  /** A tar of texts. */
  static byte[] tar(String... namesAndTexts) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (int i = 0; i < namesAndTexts.length; i += 2) {
        byte[] content = namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(namesAndTexts[i]);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  /** Mounts and containers that builds left; none when all is well. */
  List<String> leftovers() throws IOException {
    List<String> left = new ArrayList<>();
    engine().containers().list("build").forEach(container -> left.add(container.id()));
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      // Where the builder keeps secrets is mounted as long as the engine lives.
      if (line.contains(test.config().runDir().toString())
          && !line.contains(test.config().runDir().resolve("build") + " ")) {
        left.add(line);
      }
    }
    return left;
  }

  @Override
  public void close() {
    try {
      test.close();
    } catch (EngineException e) {
      throw new IllegalStateException(e);
    }
  }
}
