package dev.mokha.engine;

import dev.mokha.engine.build.Builder;
import dev.mokha.engine.build.cache.BuildCache;
import dev.mokha.engine.build.run.LocalBuilder;
import dev.mokha.engine.containers.Containers;
import dev.mokha.engine.containers.LocalContainers;
import dev.mokha.engine.containers.RuntimeHost;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.images.ImageUse;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.LocalImages;
import dev.mokha.engine.runtime.Cgroups;
import dev.mokha.engine.runtime.Conmon;
import dev.mokha.engine.runtime.OciRuntime;
import dev.mokha.engine.runtime.OciSpec;
import dev.mokha.engine.security.Labelling;
import dev.mokha.engine.snapshots.Snapshots;
import dev.mokha.engine.users.IdPool;
import dev.mokha.engine.users.MappedMounts;
import dev.mokha.engine.users.UserIds;
import dev.mokha.engine.volumes.LocalVolumes;
import dev.mokha.engine.volumes.Volumes;
import dev.mokha.engine.volumewatch.VolumeWatch;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.ProcessExits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** The engine of this machine: wires the parts over one data and one runtime directory. */
final class LocalEngine implements Engine {
  private static final String FORMAT = "2";

  /** Its image list is of another form; see images.FormatOne. */
  private static final String FORMAT_BEFORE = "1";

  private final FileChannel lock;
  private final ProcessExits processExits;
  private final EngineConfig config;
  private final OciRuntime runtime;
  private final LocalImages images;
  private final UserIds userIds;
  private final LocalContainers containers;
  private final LocalVolumes volumes;
  private final VolumeWatch volumeWatch;
  private final Set<String> ownRegistryHosts;
  private final LocalBuilder builder;
  private final AtomicBoolean closed = new AtomicBoolean();

  LocalEngine(EngineConfig config) {
    ownRegistryHosts = config.ownRegistry().map(OwnRegistry::hosts).orElse(Set.of());
    this.config = config;
    FileChannel channel = null;
    ProcessExits exits = null;
    try {
      Path data = privateDirectory(config.dataDir());
      Path run = privateDirectory(config.runDir());
      channel = lock(data);
      checkFormat(data);
      Cgroups cgroups = Cgroups.detect();
      runtime = OciRuntime.find(run, cgroups, config.cgroupRoot());
      Path exitDir = Files.createDirectories(run.resolve("exits"));
      Conmon conmon = new Conmon(runtime, exitDir, cgroups, config.cgroupRoot());
      Leases leases = new Leases();
      ContentStore content = new ContentStore(data.resolve("content"));
      content.collectIngests();
      Mounts.unmountTree(run.resolve("work")); // of a killed daemon's builds
      Snapshots snapshots = new Snapshots(data.resolve("snapshots"));
      Path scratch = data.resolve("scratch");
      DurableFiles.delete(scratch);
      AtomicReference<ImageUse> use = new AtomicReference<>(ImageUse.NONE);
      images =
          new LocalImages(
              config, content, snapshots, leases, Files.createDirectories(scratch), use::get);
      exits = new ProcessExits();
      userIds = new UserIds(data.resolve("userids.json"), run.resolve("users"), IdPool.ofMachine());
      MappedMounts mapped = new MappedMounts(run.resolve("idmapped"), userIds);
      containers =
          new LocalContainers(
              new RuntimeHost(
                  runtime,
                  conmon,
                  new OciSpec(cgroups),
                  cgroups,
                  snapshots,
                  mapped,
                  new Labelling(),
                  exits,
                  data.resolve("containers"),
                  run.resolve("containers"),
                  exitDir),
              images,
              leases,
              config.cgroupRoot());
      use.set(containers);
      volumes = new LocalVolumes(data.resolve("volumes"), run.resolve("volumes"));
      BuildCache cache = new BuildCache(data.resolve("build"));
      images.keep(cache::chainIds);
      builder =
          new LocalBuilder(
              data.resolve("build"),
              run.resolve("build"),
              cache,
              images,
              containers,
              images::collect);
      images.collect();
      volumeWatch = new VolumeWatch(containers);
      lock = channel;
      processExits = exits;
    } catch (IOException e) {
      giveBack(channel, exits);
      throw new EngineException(
          EngineException.Code.INTERNAL,
          "The engine can't be opened in " + config.dataDir() + ": " + e.getMessage(),
          e);
    } catch (RuntimeException e) {
      giveBack(channel, exits);
      throw e;
    }
  }

  private static void giveBack(FileChannel channel, ProcessExits exits) {
    try {
      if (exits != null) {
        exits.close();
      }
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Layers hold set-id programs: nobody but root may come near them. */
  private static Path privateDirectory(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    return directory.toRealPath();
  }

  private static FileChannel lock(Path data) throws IOException {
    FileChannel channel =
        FileChannel.open(data.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock held;
    try {
      held = channel.tryLock();
    } catch (OverlappingFileLockException thisVeryProcess) {
      held = null;
    }
    if (held == null) {
      channel.close();
      throw new EngineException(
          EngineException.Code.CONFLICT,
          "Another Mokha uses " + data + "; stop it, or take another data directory");
    }
    return channel;
  }

  private static void checkFormat(Path data) throws IOException {
    Path file = data.resolve("format");
    if (!Files.exists(file)) {
      DurableFiles.replace(file, (FORMAT + "\n").getBytes(StandardCharsets.US_ASCII));
      return;
    }
    String found = Files.readString(file).strip();
    if (found.equals(FORMAT_BEFORE)) {
      // First, so that the older program stays away from what is changed next.
      DurableFiles.replace(file, (FORMAT + "\n").getBytes(StandardCharsets.US_ASCII));
      return;
    }
    if (!found.equals(FORMAT)) {
      throw new EngineException(
          EngineException.Code.INVALID,
          data
              + " has format "
              + found
              + ", and this Mokha knows "
              + FORMAT
              + "; run the Mokha that wrote it");
    }
  }

  @Override
  public Images images() {
    return images;
  }

  @Override
  public Containers containers() {
    return containers;
  }

  @Override
  public Builder builder() {
    return builder;
  }

  @Override
  public VolumeWatch volumeWatch() {
    return volumeWatch;
  }

  @Override
  public Volumes volumes() {
    return volumes;
  }

  @Override
  public UserIds userIds() {
    return userIds;
  }

  @Override
  public Set<String> ownRegistryHosts() {
    return ownRegistryHosts;
  }

  @Override
  public EngineConfig config() {
    return config;
  }

  @Override
  public String runtime() {
    return runtime.version();
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      volumeWatch.close();
      builder.close();
      containers.close();
      runtime.close();
      processExits.close();
      lock.close();
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL, "The engine was not closed well: " + e.getMessage(), e);
    }
  }
}
