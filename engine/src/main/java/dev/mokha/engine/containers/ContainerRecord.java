package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is on disk of a container: its definition and its state. The definition is written last when
 * a container is made, and goes first when it is removed: while it is there, there is a container.
 */
final class ContainerRecord {
  private static final int FORMAT = 1;
  private static final String DEFINITION = "container.json";
  private static final String STATE = "state.json";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          // What earlier versions did not write is 0 or false.
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

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

    /** The same with another specification. */
    Definition with(ContainerSpec next) {
      return new Definition(format, next, imageId, diffIds, cgroup, created);
    }

    /** Whether what it writes must survive a power cut: no pod's container starts twice. */
    boolean lasting() {
      return !spec.ephemeral()
          && !spec.owner().startsWith("pod/")
          && !spec.owner().startsWith("build");
    }
  }

  /**
   * What it does.
   *
   * @param format of the file
   * @param state what callers see
   * @param processStarted when its first process began, in the kernel's ticks, so that another one
   *     of the same number is not taken for it
   * @param conmonPid conmon; 0 when it does not run
   * @param conmonStarted the same for conmon
   * @param starting a start is under way; seen only after a crash in the middle of one
   * @param prepared its owner has prepared a run and not been told of its end
   * @param stopped somebody stopped it: it is not restarted by policy
   * @param restarts how often policy restarted it since somebody started it
   * @param health what its checks said; null when it has none
   */
  record Current(
      int format,
      Container.State state,
      long processStarted,
      int conmonPid,
      long conmonStarted,
      boolean starting,
      boolean prepared,
      boolean stopped,
      int restarts,
      Container.Health health) {
    /** Of one that has not run yet. */
    Current(Container.State state) {
      this(FORMAT, state, 0, 0, 0, false, false, false, 0, null);
    }

    Current with(Container.State next) {
      return new Current(
          format,
          next,
          processStarted,
          conmonPid,
          conmonStarted,
          starting,
          prepared,
          stopped,
          restarts,
          health);
    }

    Current with(long newProcessStarted, int newConmonPid, long newConmonStarted) {
      return new Current(
          format,
          state,
          newProcessStarted,
          newConmonPid,
          newConmonStarted,
          starting,
          prepared,
          stopped,
          restarts,
          health);
    }

    Current starting(boolean now, boolean isPrepared) {
      return new Current(
          format,
          state,
          processStarted,
          conmonPid,
          conmonStarted,
          now,
          isPrepared,
          stopped,
          restarts,
          health);
    }

    Current stopped(boolean now, int newRestarts) {
      return new Current(
          format,
          state,
          processStarted,
          conmonPid,
          conmonStarted,
          starting,
          prepared,
          now,
          newRestarts,
          health);
    }

    Current with(Container.Health next) {
      return new Current(
          format,
          state,
          processStarted,
          conmonPid,
          conmonStarted,
          starting,
          prepared,
          stopped,
          restarts,
          next);
    }
  }

  ContainerRecord(Path directory) {
    this.directory = directory;
  }

  void write(Definition definition) throws IOException {
    Files.createDirectories(directory);
    DurableFiles.replace(
        directory.resolve(DEFINITION), JSON.writeValueAsBytes(definition), definition.lasting());
    if (definition.lasting()) {
      DurableFiles.syncDirectory(directory.getParent());
    }
  }

  /**
   * Writes the state.
   *
   * @param sync whether it must survive a power cut: after one nothing runs, whatever the file says
   */
  void write(Current current, boolean sync) throws IOException {
    Files.createDirectories(directory);
    DurableFiles.replace(directory.resolve(STATE), JSON.writeValueAsBytes(current), sync);
  }

  Optional<Definition> readDefinition() throws IOException {
    Optional<Definition> read = read(DEFINITION, Definition.class);
    read.ifPresent(definition -> checkFormat(definition.format()));
    return read;
  }

  Optional<Current> readCurrent() throws IOException {
    Optional<Current> read = read(STATE, Current.class);
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

  /** From here on there is no container, whatever is still to be cleared away. */
  void deleteDefinition() throws IOException {
    Files.deleteIfExists(directory.resolve(DEFINITION));
  }

  void delete() throws IOException {
    deleteDefinition();
    DurableFiles.delete(directory);
  }
}
