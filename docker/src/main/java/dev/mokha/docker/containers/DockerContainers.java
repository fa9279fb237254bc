package dev.mokha.docker.containers;

import static java.util.Objects.requireNonNull;

import dev.mokha.docker.access.Namespaces;
import dev.mokha.docker.events.Event;
import dev.mokha.docker.events.EventLog;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.logging.LogDrivers;
import dev.mokha.docker.logging.LogShipping;
import dev.mokha.engine.Engine;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.containers.ContainerEvent;
import dev.mokha.engine.volumes.VolumeSpec;
import dev.mokha.network.bridges.ContainerNetworks;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
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

/**
 * All containers of Docker clients.
 *
 * <p>A container is on record here and in the engine, or nowhere: it is made record first and
 * removed engine first, and what a kill left on one side alone goes when this is opened. It
 * prepares each run of them, whoever starts it, and removes by itself what asked for it
 * (AutoRemove) when it has exited.
 */
public final class DockerContainers {
  /** The engine's name for whose they are. */
  public static final String OWNER = "docker";

  private static final Logger log = LoggerFactory.getLogger(DockerContainers.class);
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]+");

  private final Engine engine;
  private final ContainerNetworks networks;
  private final ContainerRecords records;
  private final EventLog events;
  private final Creation creation;
  private final RunPreparation preparation;
  private final LogShipping shipping;
  private final ConcurrentHashMap<String, DockerContainer> byId = new ConcurrentHashMap<>();
  private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
  private final ConcurrentHashMap<String, String> names = new ConcurrentHashMap<>();

  /**
   * Finds what is there.
   *
   * @param root where the records are
   * @param runDir for what does not survive a reboot
   * @param publishOnAllAddresses what a published port without an address means
   * @param mapUsers whether containers that don't say have ids of their own
   * @param shipping sends the logs of those that ask for it
   */
  public DockerContainers(
      Engine engine,
      ContainerNetworks networks,
      Path root,
      Path runDir,
      EventLog events,
      boolean publishOnAllAddresses,
      boolean mapUsers,
      LogShipping shipping) {
    this.engine = requireNonNull(engine);
    this.networks = requireNonNull(networks);
    this.records = new ContainerRecords(root);
    this.events = requireNonNull(events);
    this.shipping = requireNonNull(shipping);
    SharedMemory memory = new SharedMemory(runDir.resolve("shm"));
    this.creation =
        new Creation(engine, records, this::named, networks, mapUsers, shipping.drivers());
    this.preparation =
        new RunPreparation(
            networks,
            engine.volumes(),
            engine.userIds(),
            records,
            this::lookup,
            events,
            memory,
            shipping,
            publishOnAllAddresses);
    adopt();
    memory.retain(
        byId.values().stream()
            .filter(DockerContainer::isRunning)
            .map(DockerContainer::id)
            .collect(Collectors.toSet()));
    engine.containers().prepareWith(OWNER, preparation);
    engine.containers().onChange(this::changed);
    engine.containers().onEvent(this::happened);
  }

  private void adopt() {
    for (ContainerRecord record : records.read(id -> engine.containers().find(id).isPresent())) {
      Container container = engine.containers().find(record.id()).orElseThrow();
      byId.put(record.id(), new DockerContainer(record, container));
      names.put(record.name(), record.id());
    }
    for (Container container : engine.containers().list(OWNER)) {
      if (!byId.containsKey(container.id())) {
        container.remove();
      }
    }
    engine.volumes().retainUsers(user -> !isId(user) || byId.containsKey(user));
    networks.retain(
        byId.values().stream()
            .filter(DockerContainer::isRunning)
            .map(DockerContainer::id)
            .toList());
    byId.values()
        .forEach(
            container ->
                shipping.resume(
                    LogPlan.sender(container.record(), records.directory(container.id())),
                    container.isRunning()));
    for (DockerContainer container : byId.values()) {
      Container.Status status = container.engine().state().status();
      // Nobody starts any more what had not started when the daemon ended: its client is gone.
      if (container.autoRemove()
          && (status == Container.Status.EXITED || status == Container.Status.CREATED)) {
        removeByItself(container);
      }
    }
  }

  private static boolean isId(String user) {
    return user.length() == 64;
  }

  // --- finding ---

  /**
   * The container of a name, an id, or the beginning of an id that no other has.
   *
   * @throws DockerException 404 in dockerd's words
   */
  public DockerContainer get(String reference) {
    return find(reference).orElseThrow(() -> missing(reference));
  }

  static DockerException missing(String reference) {
    return DockerException.notFound("No such container: " + reference);
  }

  /** One that a request names beside its own: 400 and not 404, by which the CLI pulls an image. */
  private DockerContainer named(String reference) {
    return find(reference)
        .orElseThrow(() -> DockerException.invalid("No such container: " + reference));
  }

  /** The same, or nothing. */
  public Optional<DockerContainer> find(String reference) {
    DockerContainer exact = byId.get(reference);
    if (exact != null) {
      return Optional.of(exact);
    }
    String name = reference.startsWith("/") ? reference.substring(1) : reference;
    String id = names.get(name);
    if (id != null && byId.containsKey(id)) {
      return Optional.of(byId.get(id));
    }
    if (reference.isEmpty() || reference.length() > 64) {
      return Optional.empty();
    }
    DockerContainer found = null;
    for (DockerContainer container : byId.values()) {
      if (container.id().startsWith(reference)) {
        if (found != null) {
          throw DockerException.invalid("multiple IDs found with provided prefix: " + reference);
        }
        found = container;
      }
    }
    return Optional.ofNullable(found);
  }

  /** The namespaces of containers, by their ids; pods' and those that are gone count as default. */
  public Set<String> namespaces(Collection<String> ids) {
    return ids.stream()
        .map(id -> find(id).map(one -> one.record().namespace()).orElse(Namespaces.DEFAULT))
        .collect(Collectors.toSet());
  }

  private Optional<DockerContainer> lookup(String idOrName) {
    return find(idOrName);
  }

  /** All, the newest first. */
  public List<DockerContainer> list() {
    List<DockerContainer> all = new ArrayList<>(byId.values());
    all.sort(Comparator.comparing((DockerContainer one) -> one.record().created()).reversed());
    return all;
  }

  // --- life ---

  /**
   * What a creation came to.
   *
   * @param warnings for the client
   */
  public record Created(DockerContainer container, List<String> warnings) {}

  /**
   * Makes a container; nothing is left of one that fails.
   *
   * @throws DockerException 400 for what makes no sense, 404 without its image, 409 when its name
   *     is taken
   */
  public Created create(CreateRequest request) {
    String name = request.name().startsWith("/") ? request.name().substring(1) : request.name();
    if (!name.isEmpty()) {
      requireName(name);
    } else {
      name = NameGenerator.next(names::containsKey);
    }
    Creation.Plan plan = creation.plan(request, name);
    String id = plan.record().id();
    takeName(name, id);
    List<String> made = new ArrayList<>();
    try {
      records.write(plan.record(), !Json.flag(plan.record().hostConfig(), "AutoRemove"));
      for (VolumeSpec volume : plan.volumes()) {
        if (engine.volumes().find(volume.name()).isEmpty()) {
          engine.volumes().create(volume);
          made.add(volume.name());
        }
        engine.volumes().acquire(volume.name(), id);
      }
      DockerContainer container =
          new DockerContainer(plan.record(), engine.containers().create(plan.spec()));
      byId.put(id, container);
      try {
        copyUp(container);
      } catch (RuntimeException e) {
        container.engine().remove();
        throw e;
      }
      publish(container, "create", Map.of());
      return new Created(container, plan.warnings());
    } catch (RuntimeException e) {
      undo(plan, name, made, e);
      throw e;
    }
  }

  private static void requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw DockerException.invalid(
          "Invalid container name (" + name + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
    }
  }

  private void takeName(String name, String id) {
    String holder = names.putIfAbsent(name, id);
    if (holder != null) {
      throw DockerException.conflict(
          "Conflict. The container name \"/"
              + name
              + "\" is already in use by container \""
              + holder
              + "\". You have to remove (or rename) that container to be able to reuse that"
              + " name.");
    }
  }

  private void undo(Creation.Plan plan, String name, List<String> made, RuntimeException cause) {
    String id = plan.record().id();
    byId.remove(id);
    try {
      for (VolumeSpec volume : plan.volumes()) {
        engine.volumes().release(volume.name(), id);
      }
      for (String volume : made) {
        engine.volumes().remove(volume);
      }
      records.remove(id);
    } catch (RuntimeException more) {
      cause.addSuppressed(more);
    }
    names.remove(name, id);
  }

  /** Fills empty volumes with what the image has at their places. */
  private void copyUp(DockerContainer container) {
    List<MountPoint> empty =
        container.record().mounts().stream()
            .filter(mount -> mount.type().equals("volume") && mount.copy())
            .filter(mount -> mount.subpath().isEmpty() && isEmpty(mount.name()))
            .toList();
    if (empty.isEmpty()) {
      return;
    }
    try (Container.Tree tree = container.engine().tree()) {
      dev.mokha.engine.snapshots.RootedTree root =
          new dev.mokha.engine.snapshots.RootedTree(tree.root());
      for (MountPoint mount : empty) {
        Path source = root.find(mount.destination());
        if (source != null && Files.isDirectory(source)) {
          engine.volumes().populate(mount.name(), container.id(), source);
        }
      }
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL, "A volume can't be filled: " + e.getMessage(), e);
    }
  }

  private boolean isEmpty(String volume) {
    Path directory = engine.volumes().get(volume).directory();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    } catch (IOException e) {
      return true; // of one with a device, which is not mounted: populate looks itself
    }
  }

  /**
   * Starts a container.
   *
   * @return false when it ran already
   */
  public boolean start(DockerContainer container) {
    switch (ContainerState.word(container)) {
      case "running" -> {
        return false;
      }
      case "paused" ->
          throw DockerException.conflict("cannot start a paused container, try unpause instead");
      case "removing" ->
          throw DockerException.conflict("container is marked for removal and cannot be started");
      default -> {
        // It starts.
      }
    }
    try {
      container.engine().start();
    } catch (RuntimeException e) {
      if (container.isRunning() && isConflict(e)) {
        return false; // somebody else was first
      }
      if (container.autoRemove()) {
        removeByItself(container);
      }
      throw StartErrors.translate(e);
    }
    return true;
  }

  private static boolean isConflict(RuntimeException failure) {
    return failure instanceof EngineException e && e.code() == EngineException.Code.CONFLICT;
  }

  /**
   * Gives a container another name.
   *
   * @throws DockerException 400 for a name that is none, 409 for one that is taken
   */
  public void rename(DockerContainer container, String newName) {
    String name = newName.startsWith("/") ? newName.substring(1) : newName;
    if (name.isEmpty()) {
      throw DockerException.invalid("Neither old nor new names may be empty");
    }
    String old = container.name();
    if (old.equals(name)) {
      throw DockerException.invalid("Renaming a container with the same name as its current name");
    }
    if (!NAME.matcher(name).matches()) {
      throw DockerException.invalid(
          "Error when allocating new name: Invalid container name (/"
              + name
              + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
    }
    takeName(name, container.id());
    try {
      change(container, record -> record.withName(name));
    } catch (RuntimeException e) {
      names.remove(name, container.id());
      throw e;
    }
    names.remove(old, container.id());
    if (networks.sandbox(container.id()).isPresent()) { // else it is not in a network now
      networks.rename(container.id(), name);
    }
    publish(container, "rename", Map.of("oldName", "/" + old));
  }

  /** Changes what is on record. */
  public void change(
      DockerContainer container, java.util.function.UnaryOperator<ContainerRecord> change) {
    synchronized (container) {
      ContainerRecord changed = change.apply(container.record());
      records.write(changed, !container.autoRemove());
      container.record(changed);
    }
  }

  /**
   * Removes a container.
   *
   * @param force kills it first if it runs
   * @param withVolumes also the volumes that were made for it alone
   * @throws DockerException 409 when it runs and force is off, or it is being removed already
   */
  public void remove(DockerContainer container, boolean force, boolean withVolumes) {
    synchronized (container) {
      if (container.removing()) {
        throw DockerException.conflict(
            "removal of container " + container.id() + " is already in progress");
      }
      if (!force) {
        requireStopped(container);
      }
      container.removing(true);
    }
    if (container.isRunning()) {
      publish(container, "kill", Map.of("signal", "9"));
    }
    try {
      container.engine().remove();
      forget(container, withVolumes);
    } catch (RuntimeException e) {
      container.removing(false);
      throw e;
    }
  }

  private static void requireStopped(DockerContainer container) {
    String prefix = "cannot remove container \"" + container.name() + "\": container is ";
    switch (ContainerState.word(container)) {
      case "paused" -> throw DockerException.conflict(prefix + "paused and must be unpaused first");
      case "running", "restarting" ->
          throw DockerException.conflict(
              prefix
                  + ContainerState.word(container)
                  + ": stop the container before removing or force remove");
      default -> {
        // It may go.
      }
    }
  }

  private void forget(DockerContainer container, boolean withVolumes) {
    String id = container.id();
    preparation.release(container.engine());
    shipping.removed(id);
    for (MountPoint mount : container.record().mounts()) {
      if (!mount.type().equals("volume")) {
        continue;
      }
      engine.volumes().release(mount.name(), id);
      if (withVolumes && mount.ownVolume()) {
        removeVolume(mount.name());
      }
    }
    records.remove(id);
    names.remove(container.name(), id);
    byId.remove(id);
    publish(container, "destroy", Map.of());
    container.gone().complete(container.engine().state().exitCode());
  }

  private void removeVolume(String name) {
    try {
      engine.volumes().remove(name);
    } catch (EngineException e) {
      log.debug("Volume {} stays: {}", name, e.getMessage());
    }
  }

  /**
   * Removes a container that has exited. It is gone for all who look when its name, its addresses
   * and its volumes are free; its files are taken away after that.
   */
  private void removeByItself(DockerContainer container) {
    synchronized (container) {
      if (container.removing()) {
        return;
      }
      container.removing(true);
    }
    Thread.ofVirtual()
        .name("docker-remove")
        .start(
            () -> {
              try {
                if (container.isRunning()) {
                  container.engine().stop(java.time.Duration.ZERO);
                }
                forget(container, true);
                container.engine().remove();
              } catch (RuntimeException e) {
                log.warn("Container {} is not wholly removed: {}", container.id(), e.getMessage());
              }
            });
  }

  // --- what happens to them ---

  /** Hears from the engine; must not block. */
  private void changed(Container engineContainer) {
    DockerContainer container = byId.get(engineContainer.id());
    if (container == null) {
      return;
    }
    Container.State state = engineContainer.state();
    Container.Status before = container.tell(state.status());
    Container.Status now = state.status();
    if (before == now && now != Container.Status.RUNNING) {
      return;
    }
    switch (now) {
      case RUNNING -> {
        if (before == Container.Status.PAUSED) {
          publish(container, "unpause", Map.of());
        } else if (before != now) {
          publish(container, "start", Map.of());
        }
      }
      case PAUSED -> publish(container, "pause", Map.of());
      case EXITED, RESTARTING -> {
        if (before == Container.Status.RUNNING || before == Container.Status.PAUSED) {
          died(container, state);
        }
        if (now == Container.Status.EXITED
            && container.autoRemove()
            && !container.removing()
            && !container.kept()) {
          removeByItself(container);
        }
      }
      default -> {
        // Nothing to tell.
      }
    }
  }

  /** Hears from the engine what is no change of state; must not block. */
  private void happened(ContainerEvent event) {
    DockerContainer container = byId.get(event.container().id());
    if (container == null) {
      return;
    }
    switch (event) {
      case ContainerEvent.HealthChanged health ->
          publish(
              container,
              "health_status: " + health.status().name().toLowerCase(Locale.ROOT),
              Map.of());
      case ContainerEvent.OutOfMemory _ -> publish(container, "oom", Map.of());
      case ContainerEvent.Throttled _ -> {
        // Docker has no such event; it counts in the container's statistics.
      }
    }
  }

  private void died(DockerContainer container, Container.State state) {
    long seconds =
        state.started() == null || state.finished() == null
            ? 0
            : java.time.Duration.between(state.started(), state.finished()).toSeconds();
    publish(
        container,
        "die",
        Map.of(
            "exitCode",
            Integer.toString(state.exitCode()),
            "execDuration",
            Long.toString(Math.max(0, seconds))));
  }

  /** Tells of something that happened to a container. */
  public void publish(DockerContainer container, String action, Map<String, String> more) {
    Map<String, String> attributes = new java.util.TreeMap<>(container.labels());
    attributes.put("image", Json.text(container.record().config(), "Image"));
    attributes.put("name", container.name());
    attributes.putAll(more);
    events.container(action, container.id(), container.record().namespace(), attributes);
    listeners.forEach(listener -> listener.accept(container.id()));
  }

  /** Hears the id of each container to which something happened; must not block. */
  public void onChange(Consumer<String> listener) {
    listeners.add(listener);
  }

  /** Tells that a prune has ended. */
  void publishPrune(long freed) {
    events.pruned(Event.Type.CONTAINER, freed);
  }

  // --- for its neighbours ---

  /** The engine below. */
  public Engine engine() {
    return engine;
  }

  /** The networks below. */
  public ContainerNetworks networks() {
    return networks;
  }

  /** Where a container's files are. */
  Path directory(DockerContainer container) {
    return records.directory(container.id());
  }

  /** The drivers by which logs may be sent. */
  LogDrivers logDrivers() {
    return shipping.drivers();
  }

  RunPreparation preparation() {
    return preparation;
  }
}
