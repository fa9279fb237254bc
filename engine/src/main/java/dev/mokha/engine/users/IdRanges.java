package dev.mokha.engine.users;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which range of the host's ids each holder has. On disk before it is handed out, so that no daemon
 * gives one out twice.
 */
final class IdRanges {
  private static final int FORMAT = 1;

  private final Path file;
  private final IdPool pool;
  private final MachineClaims claims;
  private final TreeMap<String, Long> taken = new TreeMap<>();

  /** The file: holders and the first id of each one's range. */
  private record Content(int format, Map<String, Long> taken) {}

  IdRanges(Path file, IdPool pool, MachineClaims claims) {
    this.file = requireNonNull(file);
    this.pool = requireNonNull(pool);
    this.claims = requireNonNull(claims);
    if (!Files.exists(file)) {
      return;
    }
    try {
      Content content = JsonMapper.shared().readValue(Files.readAllBytes(file), Content.class);
      if (content.format() > FORMAT) {
        throw new EngineException(
            EngineException.Code.INVALID, file + " was written by a newer Mokha; run that one");
      }
      taken.putAll(content.taken());
    } catch (IOException | JacksonException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL,
          file + " can't be read, and says which ids are in use: " + e.getMessage(),
          e);
    }
  }

  /** The first id of a holder's range; the one it has, or the lowest that is free. */
  synchronized long take(String holder) {
    Long had = taken.get(holder);
    if (had != null && claims.claim(had)) {
      return had;
    }
    // One that another instance has got since the machine was started: nothing of ours runs with
    // it.
    Set<Long> used = new TreeSet<>(taken.values());
    long first = pool.first();
    while (hasRoom(first) && (overlaps(used, first) || !claims.claim(first))) {
      first += IdPool.RANGE;
    }
    if (!hasRoom(first)) {
      throw new EngineException(
          EngineException.Code.CONFLICT,
          "All "
              + pool.size() / IdPool.RANGE
              + " ranges of ids for containers are in use; give "
              + IdPool.ACCOUNT
              + " more in /etc/subuid and /etc/subgid, or run fewer");
    }
    taken.put(holder, first);
    try {
      write();
    } catch (RuntimeException e) {
      taken.remove(holder);
      claims.release(first);
      throw e;
    }
    return first;
  }

  private boolean hasRoom(long first) {
    return first + IdPool.RANGE <= pool.first() + pool.size();
  }

  /** Ranges of an earlier pool need not lie where those of this one do. */
  private static boolean overlaps(Set<Long> used, long first) {
    return used.stream().anyMatch(other -> Math.abs(other - first) < IdPool.RANGE);
  }

  synchronized Optional<Long> find(String holder) {
    return Optional.ofNullable(taken.get(holder));
  }

  synchronized Set<String> holders() {
    return Set.copyOf(taken.keySet());
  }

  synchronized void release(String holder) {
    Long had = taken.remove(holder);
    if (had != null) {
      write();
      claims.release(had);
    }
  }

  private void write() {
    try {
      DurableFiles.replace(file, JsonMapper.shared().writeValueAsBytes(new Content(FORMAT, taken)));
    } catch (IOException e) {
      throw new UncheckedIOException("Can't write " + file, e);
    }
  }
}
