package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is on disk of a container: its definition, written once, and its state, written with every
 * change. A container without a state is one that was never quite made.
 */
final class ContainerRecord {
  private static final int FORMAT = 1;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path directory;

  /**
   * What a container was made from.
   *
   * @param format of the file
   * @param spec as it was asked for
   * @param imageId the image; empty with a root file system of its own
   * @param diffIds the image's layers, lowest first
   * @param cgroup its cgroup
   * @param created when
   */
  record Definition(
      int format,
      ContainerSpec spec,
      String imageId,
      List<String> diffIds,
      String cgroup,
      Instant created) {
    Definition(
        ContainerSpec spec, String imageId, List<String> diffIds, String cgroup, Instant created) {
      this(FORMAT, spec, imageId, diffIds, cgroup, created);
    }

    /** Whether what it writes must survive a power cut: no pod's container starts twice. */
    boolean lasting() {
      return !spec.owner().startsWith("pod/") && !spec.owner().startsWith("build");
    }
  }

  /**
   * What it does.
   *
   * @param format of the file
   * @param state what callers see
   * @param processStarted when its first process began, in the kernel's ticks, so that another one
   *     of the same number is not taken for it
   * @param conmonPid conmon
   * @param conmonStarted the same for conmon
   */
  record Current(
      int format, Container.State state, long processStarted, int conmonPid, long conmonStarted) {
    Current(Container.State state, long processStarted, int conmonPid, long conmonStarted) {
      this(FORMAT, state, processStarted, conmonPid, conmonStarted);
    }

    Current with(Container.State next) {
      return new Current(format, next, processStarted, conmonPid, conmonStarted);
    }
  }

  ContainerRecord(Path directory) {
    this.directory = directory;
  }

  void write(Definition definition) throws IOException {
    Files.createDirectories(directory);
    DurableFiles.replace(
        directory.resolve("container.json"),
        JSON.writeValueAsBytes(definition),
        definition.lasting());
  }

  /** The state needs no sync: after a power cut nothing runs, whatever the file says. */
  void write(Current current) throws IOException {
    DurableFiles.replace(directory.resolve("state.json"), JSON.writeValueAsBytes(current), false);
  }

  Optional<Definition> readDefinition() throws IOException {
    Optional<Definition> read = read("container.json", Definition.class);
    read.ifPresent(definition -> checkFormat(definition.format()));
    return read;
  }

  Optional<Current> readCurrent() throws IOException {
    Optional<Current> read = read("state.json", Current.class);
    read.ifPresent(current -> checkFormat(current.format()));
    return read;
  }

  private void checkFormat(int format) {
    if (format > FORMAT) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "The container in " + directory + " was made by a newer Mokha; run that one");
    }
  }

  private <T> Optional<T> read(String name, Class<T> type) throws IOException {
    Path file = directory.resolve(name);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(Files.readAllBytes(file), type));
    } catch (JacksonException cutOffByAPowerCut) {
      return Optional.empty();
    }
  }

  void delete() throws IOException {
    DurableFiles.delete(directory);
  }
}
