package dev.mokha.engine.build.cache;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.snapshots.Snapshots;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The steps that were built here.
 *
 * <p>A record must not outlive its layer: after a power cut the files of a layer may be empty that
 * were never synced. Until {@link #settled} a record on the disk names the boot of the machine it
 * is good for, and the next boot drops it; a daemon that is only killed takes it up. So nothing
 * waits for the disk in a build.
 *
 * <p>The layers of records are kept by {@link #chainIds}, which the images' collection asks for;
 * records go by {@link #remove}, and their layers with the next collection.
 */
public final class BuildCache {
  private static final Logger log = LoggerFactory.getLogger(BuildCache.class);
  private static final int FORMAT = 1;
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Pattern KEY = Pattern.compile("[0-9a-f]{64}");

  private final Path directory;
  private final String boot;
  private final ConcurrentHashMap<String, StepRecord> records = new ConcurrentHashMap<>();
  private final Map<String, Integer> inUse = new HashMap<>();
  private final Set<String> touched = ConcurrentHashMap.newKeySet();

  /**
   * The cache in a directory, made when missing.
   *
   * @throws EngineException when it was written by a newer Mokha
   */
  public BuildCache(Path directory) throws IOException {
    this(directory, Files.readString(BOOT_ID).strip());
  }

  /** The same in a certain boot of the machine. */
  BuildCache(Path directory, String boot) throws IOException {
    this.boot = requireNonNull(boot);
    this.directory = Files.createDirectories(requireNonNull(directory).resolve("steps"));
    Path format = directory.resolve("format");
    if (!Files.exists(format)) {
      DurableFiles.replace(format, (FORMAT + "\n").getBytes(StandardCharsets.UTF_8));
    }
    String found = Files.readString(format).strip();
    if (!found.equals(Integer.toString(FORMAT))) {
      throw new EngineException(
          EngineException.Code.INVALID,
          directory
              + " has format "
              + found
              + ", and this Mokha knows "
              + FORMAT
              + "; run the Mokha that wrote it, or remove the directory: it is a cache");
    }
    load();
  }

  private void load() throws IOException {
    JsonMapper json = JsonMapper.shared();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        try {
          StepRecord record = json.readValue(Files.readAllBytes(file), StepRecord.class);
          if (KEY.matcher(name).matches()
              && record.key().equals(name)
              && record.format() == StepRecord.FORMAT
              && (record.boot().isEmpty() || record.boot().equals(boot))) {
            records.put(name, record);
            continue;
          }
        } catch (JacksonException | NullPointerException e) {
          log.debug("The build cache's record {} can't be read", name, e);
        }
        Files.deleteIfExists(file); // half-written, or of another time
      }
    }
  }

  /** What a step made, if it is known; that counts as a use. */
  public Optional<StepRecord> take(String key) {
    StepRecord found = records.computeIfPresent(key, (k, record) -> record.used(Instant.now()));
    if (found != null) {
      touched.add(key);
    }
    return Optional.ofNullable(found);
  }

  /** Puts a step's result in, whose layers may not be on the disk yet. */
  public void put(StepRecord record) {
    StepRecord unsettled = record.in(boot);
    records.put(record.key(), unsettled);
    write(unsettled);
  }

  /** The records whose layers may not be on the disk; to be asked before these are synced. */
  public List<String> unsettled() {
    return records.values().stream()
        .filter(record -> !record.boot().isEmpty())
        .map(StepRecord::key)
        .toList();
  }

  /** Says that the layers of records are on the disk. */
  public void settled(List<String> keys) {
    for (String key : keys) {
      if (records.computeIfPresent(key, (k, record) -> record.in("")) != null) {
        touched.add(key);
      }
    }
  }

  private void write(StepRecord record) {
    try {
      DurableFiles.replace(
          directory.resolve(record.key()), JsonMapper.shared().writeValueAsBytes(record), false);
    } catch (IOException e) {
      log.warn("A step can't be put into the build cache: {}", e.getMessage());
    }
  }

  /** Writes down what was used since the last time. */
  public void flush() {
    for (String key : List.copyOf(touched)) {
      touched.remove(key);
      StepRecord record = records.get(key);
      if (record != null) {
        write(record);
      }
    }
  }

  /** Says that a build uses a record, which stays until {@link #release}. */
  public void use(String key) {
    synchronized (inUse) {
      inUse.merge(key, 1, Integer::sum);
    }
  }

  /** Says that a build is done with a record. */
  public void release(String key) {
    synchronized (inUse) {
      inUse.computeIfPresent(key, (k, n) -> n == 1 ? null : n - 1);
    }
  }

  /** Whether a build under way uses a record. */
  public boolean isInUse(String key) {
    synchronized (inUse) {
      return inUse.containsKey(key);
    }
  }

  /** All records, the least recently used first. */
  public List<StepRecord> list() {
    List<StepRecord> all = new ArrayList<>(records.values());
    all.sort(Comparator.comparing(StepRecord::lastUsed).thenComparing(StepRecord::key));
    return all;
  }

  /** Forgets a record that no build uses. */
  public boolean remove(String key) {
    synchronized (inUse) {
      if (inUse.containsKey(key)) {
        return false;
      }
      records.remove(key);
    }
    try {
      Files.deleteIfExists(directory.resolve(key));
    } catch (IOException e) {
      log.warn("A record of the build cache can't be removed: {}", e.getMessage());
    }
    return true;
  }

  /** The layers that records need. */
  public Set<String> chainIds() {
    Set<List<String>> lists = new HashSet<>();
    records.values().forEach(record -> lists.add(record.diffIds()));
    Set<String> chains = new HashSet<>();
    lists.forEach(list -> chains.addAll(Snapshots.chainIds(list)));
    return chains;
  }
}
