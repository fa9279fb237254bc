package dev.mokha.engine.containers;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.ImageUse;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.runtime.MemoryEvents;
import dev.mokha.engine.security.SelinuxLabels;
import dev.mokha.engine.snapshots.Snapshots;
import dev.mokha.engine.supervision.Supervisor;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The containers of one engine. */
public final class LocalContainers implements Containers, ImageUse, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalContainers.class);
  private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");
  private static final SecureRandom RANDOM = new SecureRandom();

  private final RuntimeHost host;
  private final Images images;
  private final Leases leases;
  private final String cgroupRoot;
  private final ConcurrentHashMap<String, ManagedContainer> containers = new ConcurrentHashMap<>();
  private final List<Consumer<Container>> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<ContainerEvent>> eventListeners = new CopyOnWriteArrayList<>();
  private final Supervisor supervisor = new Supervisor();
  private final Map<String, Preparation> preparations = new ConcurrentHashMap<>();
  private final LogRotation rotation;
  private final PressureWatch pressure;

  /**
   * Adopts what is there, removes what was left half-made, and begins to watch.
   *
   * @param images finds what containers are made from; not used before the first creation
   * @param cgroupRoot the parent of containers without one of their own
   */
  public LocalContainers(RuntimeHost host, Images images, Leases leases, String cgroupRoot)
      throws IOException {
    this.host = requireNonNull(host);
    this.images = requireNonNull(images);
    this.leases = requireNonNull(leases);
    this.cgroupRoot = requireNonNull(cgroupRoot);
    Files.createDirectories(host.dataDir());
    Files.createDirectories(host.runDir());
    Files.createDirectories(host.exitDir());
    pressure =
        new PressureWatch(
            () -> List.copyOf(containers.values()),
            new MemoryEvents(host.cgroups(), host.processExits().descriptors()),
            this::tell);
    adopt();
    removeLeftovers();
    rotation = new LogRotation(() -> List.copyOf(containers.values()));
  }

  private void adopt() throws IOException {
    for (Path directory : list(host.dataDir())) {
      String id = directory.getFileName().toString();
      Optional<ContainerRecord.Definition> definition =
          new ContainerRecord(directory).readDefinition();
      if (definition.isEmpty()) {
        DurableFiles.delete(directory); // its creation had hardly begun
        continue;
      }
      ManagedContainer container = managed(definition.get());
      containers.put(id, container);
      container.adopt();
    }
    if (!containers.isEmpty()) {
      log.info("Adopted {} containers", containers.size());
    }
  }

  /** What can't be removed now is left for the next start: it keeps nobody from working. */
  private void removeLeftovers() throws IOException {
    for (Path bundle : list(host.runDir())) {
      String id = bundle.getFileName().toString();
      removeLeftover(
          id,
          () -> {
            host.runtime().delete(id, false);
            host.snapshots().unmount(bundle.resolve("rootfs"));
            DurableFiles.delete(bundle);
          });
    }
    host.mapped().retain(Set.copyOf(containers.keySet()));
    for (Path state : list(host.runtime().stateDir())) {
      String id = state.getFileName().toString();
      if (ID.matcher(id).matches()) { // there may be more than containers
        removeLeftover(id, () -> host.runtime().delete(id, false));
      }
    }
    for (String id : host.snapshots().containerIds()) {
      removeLeftover(id, () -> host.snapshots().remove(id));
    }
    for (Path exit : list(host.exitDir())) {
      removeLeftover(exit.getFileName().toString(), () -> Files.deleteIfExists(exit));
    }
  }

  private interface Removal {
    void run() throws IOException;
  }

  private void removeLeftover(String id, Removal removal) {
    if (containers.containsKey(id)) {
      return;
    }
    try {
      removal.run();
    } catch (IOException | EngineException e) {
      log.warn("What container {} left can't be removed now: {}", id, e.toString());
    }
  }

  private static List<Path> list(Path directory) throws IOException {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(paths::add);
    }
    return paths;
  }

  private ManagedContainer managed(ContainerRecord.Definition definition) {
    return new ManagedContainer(host, definition, new Keeping());
  }

  private void tell(Container container) {
    for (Consumer<Container> listener : listeners) {
      try {
        listener.accept(container);
      } catch (RuntimeException e) {
        log.error("A listener of container {} failed", container.id(), e);
      }
    }
  }

  private void tell(ContainerEvent event) {
    for (Consumer<ContainerEvent> listener : eventListeners) {
      try {
        listener.accept(event);
      } catch (RuntimeException e) {
        log.error("A listener of {} failed", event, e);
      }
    }
  }

  @Override
  public Container create(ContainerSpec asked) {
    ContainerSpec spec = host.labelling().label(withId(asked), levels());
    if (spec.args().isEmpty()) {
      throw new EngineException(EngineException.Code.INVALID, "A container needs a command to run");
    }
    try (Leases.Lease lease = leases.take()) {
      String imageId = "";
      List<String> diffIds = List.of();
      if (spec.rootfs() == null) {
        Image image = image(spec.image());
        Snapshots.chainIds(image.layers()).forEach(lease::add);
        image = image(spec.image()); // it may have gone before the lease held
        imageId = image.id();
        requireAllowed(imageId);
        diffIds = image.layers();
      }
      String parent = spec.cgroupParent().isEmpty() ? cgroupRoot : spec.cgroupParent();
      ManagedContainer container =
          managed(
              new ContainerRecord.Definition(
                  spec, imageId, diffIds, parent + "/" + spec.id(), Instant.now()));
      if (containers.putIfAbsent(spec.id(), container) != null) {
        throw new EngineException(
            EngineException.Code.CONFLICT, "There is a container " + spec.id() + " already");
      }
      try {
        container.create();
      } catch (RuntimeException e) {
        containers.remove(spec.id(), container);
        throw e;
      }
      return container;
    }
  }

  private Set<String> levels() {
    return containers.values().stream()
        .map(container -> SelinuxLabels.level(container.spec().security().selinuxLabel()))
        .collect(Collectors.toSet());
  }

  /** What was pulled before there was an image policy is asked about when it is used. */
  private void requireAllowed(String imageId) {
    Optional<String> refusal = images.refusal(imageId);
    if (refusal.isPresent()) {
      throw new EngineException(EngineException.Code.UNAUTHORIZED, refusal.get());
    }
  }

  private Image image(String reference) {
    return images
        .find(reference)
        .orElseThrow(
            () ->
                new EngineException(
                    EngineException.Code.NOT_FOUND,
                    "No such image: " + reference + "; pull or import it"));
  }

  private static ContainerSpec withId(ContainerSpec spec) {
    if (spec.id().isEmpty()) {
      byte[] bytes = new byte[32];
      RANDOM.nextBytes(bytes);
      return spec.withId(HexFormat.of().formatHex(bytes));
    }
    if (!ID.matcher(spec.id()).matches()) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "A container's id must be 64 hexadecimal digits: " + spec.id());
    }
    return spec;
  }

  @Override
  public Optional<Container> find(String id) {
    return Optional.ofNullable(containers.get(id));
  }

  @Override
  public List<Container> list(String owner) {
    List<Container> found = new ArrayList<>();
    for (ManagedContainer container : containers.values()) {
      if (owner.isEmpty() || container.spec().owner().equals(owner)) {
        found.add(container);
      }
    }
    found.sort(java.util.Comparator.comparing(container -> container.state().created()));
    return found;
  }

  @Override
  public void onChange(Consumer<Container> listener) {
    listeners.add(requireNonNull(listener));
  }

  @Override
  public List<User> users() {
    return containers.values().stream()
        .map(
            container ->
                new User(
                    container.id(),
                    container.definition().imageId(),
                    container.definition().diffIds(),
                    switch (container.state().status()) {
                      case RUNNING, PAUSED, RESTARTING -> true;
                      case CREATED, EXITED, UNKNOWN -> false;
                    }))
        .toList();
  }

  @Override
  public void prepareWith(String owner, Preparation preparation) {
    preparations.put(owner, requireNonNull(preparation));
    for (ManagedContainer container : containers.values()) {
      if (container.spec().owner().equals(owner)) {
        container.settle(); // runs that ended while no daemon was there
      }
    }
  }

  @Override
  public void onEvent(Consumer<ContainerEvent> listener) {
    eventListeners.add(requireNonNull(listener));
  }

  @Override
  public void supervise() {
    supervisor.begin(containers.values());
  }

  /** Stops watching; the containers go on. */
  @Override
  public void close() throws IOException {
    supervisor.close();
    rotation.close();
    pressure.close();
  }

  private final class Keeping implements Keeper {
    @Override
    public Optional<Preparation> preparation(String owner) {
      return Optional.ofNullable(preparations.get(owner));
    }

    @Override
    public void changed(ManagedContainer container) {
      pressure.changed(container);
      supervisor.changed(container);
      tell(container);
    }

    @Override
    public void respecified(ManagedContainer container) {
      supervisor.changed(container);
    }

    @Override
    public void removed(ManagedContainer container) {
      pressure.removed(container);
      supervisor.removed(container);
      containers.remove(container.id(), container);
    }

    @Override
    public void ending(ManagedContainer container, boolean oomKilled) {
      if (oomKilled || container.spec().resources().cpuQuotaMicros() > 0) {
        pressure.last(container);
      }
    }

    @Override
    public Optional<Duration> restartAfter(ManagedContainer container, Container.State ended) {
      return supervisor.afterEnd(container, ended);
    }

    @Override
    public void restart(ManagedContainer container, Duration pause) {
      supervisor.restart(container, pause);
    }

    @Override
    public void healthChanged(ManagedContainer container, Container.Health now) {
      tell(new ContainerEvent.HealthChanged(container, now.status()));
    }
  }
}
