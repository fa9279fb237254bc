package dev.mokha.engine.users;

import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The host's ids that may be given to containers.
 *
 * @param first the first of them, the same for users and groups
 * @param size how many
 */
public record IdPool(long first, long size) {
  /** What each holder gets: all that a 16-bit id can be. */
  public static final long RANGE = 65536;

  /** The account whose lines in /etc/subuid and /etc/subgid name the pool. */
  static final String ACCOUNT = "mokha";

  /** Where no account has ids by common practice (systemd's list of ranges): 30,000 ranges. */
  static final IdPool DEFAULT = new IdPool(1_000_000_000L, 30_000 * RANGE);

  private static final long HIGHEST = 0xffff_fffeL;

  /** Refuses what the kernel would. */
  public IdPool {
    if (first < RANGE || size < RANGE || first + size - 1 > HIGHEST) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "The ids for containers must be "
              + RANGE
              + " at least, between "
              + RANGE
              + " and "
              + HIGHEST
              + ": "
              + first
              + " and "
              + (size - 1)
              + " more");
    }
  }

  /** The one that /etc/subuid and /etc/subgid give to {@code mokha}; else the default. */
  public static IdPool ofMachine() {
    return of(Path.of("/etc/subuid"), Path.of("/etc/subgid"));
  }

  static IdPool of(Path subuid, Path subgid) {
    IdPool uids = read(subuid);
    IdPool gids = read(subgid);
    if (uids == null && gids == null) {
      return DEFAULT;
    }
    if (!Objects.equals(uids, gids)) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "/etc/subuid and /etc/subgid must give the same ids to " + ACCOUNT);
    }
    return uids;
  }

  private static IdPool read(Path file) {
    List<String> lines;
    try {
      lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL, "Can't read " + file + ": " + e.getMessage(), e);
    }
    for (String line : lines) {
      String[] fields = line.strip().split(":");
      if (fields.length == 3 && fields[0].equals(ACCOUNT)) {
        try {
          return new IdPool(Long.parseLong(fields[1]), Long.parseLong(fields[2]));
        } catch (NumberFormatException e) {
          throw new EngineException(
              EngineException.Code.INVALID, file + " has a line without numbers: " + line, e);
        }
      }
    }
    return null;
  }
}
