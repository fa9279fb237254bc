package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The small first process of a container that asks for one: it passes signals on to the container's
 * command and reaps whatever loses its parent. It is bound into the container, so it must need no
 * library.
 */
public final class InitProgram {
  /** Where it is inside; dockerd has it there too. */
  static final String INSIDE = "/sbin/docker-init";

  private static final List<String> NAMES =
      List.of("catatonit", "docker-init", "tini-static", "tini");
  private static final List<Path> ELSEWHERE =
      List.of(
          Path.of("/usr/libexec/podman"), Path.of("/usr/libexec"), Path.of("/usr/local/libexec"));

  private static final int HEADER = 64;
  private static final int SEGMENT = 56;
  private static final int INTERPRETER = 3;

  private InitProgram() {}

  /** The one of this machine; empty when none is installed. */
  public static Optional<Path> find() {
    for (String name : NAMES) {
      List<Path> places = new ArrayList<>();
      OciRuntime.onPath(name).ifPresent(places::add);
      ELSEWHERE.forEach(directory -> places.add(directory.resolve(name)));
      for (Path place : places) {
        if (Files.isExecutable(place) && Files.isRegularFile(place) && isStatic(place)) {
          return Optional.of(place);
        }
      }
    }
    return Optional.empty();
  }

  static Path require() {
    return find()
        .orElseThrow(
            () ->
                new EngineException(
                    EngineException.Code.INVALID,
                    "--init needs a small init program on this machine: install catatonit"
                        + " (or tini-static)"));
  }

  /** Whether an ELF file of 64 bits names no program interpreter (elf(5)). */
  static boolean isStatic(Path file) {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      byte[] bytes = new byte[HEADER];
      in.readFully(bytes);
      ByteBuffer header = ByteBuffer.wrap(bytes);
      header.order(bytes[5] == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
      if (header.get(0) != 0x7f || header.get(1) != 'E' || header.get(4) != 2) {
        return false;
      }
      long table = header.getLong(32);
      int count = header.getShort(56) & 0xffff;
      byte[] segments = new byte[count * SEGMENT];
      in.seek(table);
      in.readFully(segments);
      ByteBuffer entries = ByteBuffer.wrap(segments).order(header.order());
      for (int i = 0; i < count; i++) {
        if (entries.getInt(i * SEGMENT) == INTERPRETER) {
          return false;
        }
      }
      return true;
    } catch (IOException noElf) {
      return false;
    }
  }
}
