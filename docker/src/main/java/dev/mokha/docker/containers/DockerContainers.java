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
import dev.mokha.engine.volumes.VolumeSpec;
import dev.mokha.network.bridges.ContainerNetworks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

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

  private final Engine engine;
  private final ContainerNetworks networks;
  private final ContainerRecords records;
  private final EventLog events;
  private final Creation creation;
  private final RunPreparation preparation;
  private final LogShipping shipping;
  private final ContainerIndex index = new ContainerIndex();
  private final ContainerNews news;
  private final ContainerRemoval removal;
  private final VolumeFilling filling;
  private final ImageMounts imageMounts;

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
    this.imageMounts = new ImageMounts(engine);
    SharedMemory memory = new SharedMemory(runDir.resolve("shm"));
    this.creation =
        new Creation(engine, records, this::named, networks, mapUsers, shipping.drivers());
    this.preparation =
        new RunPreparation(
            networks,
            engine.volumes(),
            engine.userIds(),
            records,
            index::find,
            events,
            memory,
            shipping,
            imageMounts,
            publishOnAllAddresses);
    this.news = new ContainerNews(index, events);
    this.removal =
        new ContainerRemoval(
            index, records, engine.volumes(), preparation, shipping, imageMounts, news);
    this.filling = new VolumeFilling(engine.volumes());
    adopt();
    memory.retain(
        index.all().stream()
            .filter(DockerContainer::isRunning)
            .map(DockerContainer::id)
            .collect(Collectors.toSet()));
    engine.containers().prepareWith(OWNER, preparation);
    engine.containers().onChange(container -> news.changed(container, this::ended));
    engine.containers().onEvent(news::happened);
  }

  private void adopt() {
    for (ContainerRecord record : records.read(id -> engine.containers().find(id).isPresent())) {
      Container container = engine.containers().find(record.id()).orElseThrow();
      index.adopt(new DockerContainer(record, container));
    }
    for (Container container : engine.containers().list(OWNER)) {
      if (!index.has(container.id())) {
        container.remove();
      }
    }
    imageMounts.retain(index::has);
    engine.volumes().retainUsers(user -> !isId(user) || index.has(user));
    networks.retain(
        index.all().stream().filter(DockerContainer::isRunning).map(DockerContainer::id).toList());
    index
        .all()
        .forEach(
            container ->
                shipping.resume(
                    LogPlan.sender(container.record(), records.directory(container.id())),
                    container.isRunning()));
    for (DockerContainer container : index.all()) {
      Container.Status status = container.engine().state().status();
      // Nobody starts any more what had not started when the daemon ended: its client is gone.
      if (container.autoRemove()
          && (status == Container.Status.EXITED || status == Container.Status.CREATED)) {
        removal.byItself(container);
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
    return index.find(reference);
  }

  /** The namespaces of containers, by their ids; pods' and those that are gone count as default. */
  public Set<String> namespaces(Collection<String> ids) {
    return ids.stream()
        .map(id -> find(id).map(one -> one.record().namespace()).orElse(Namespaces.DEFAULT))
        .collect(Collectors.toSet());
  }

  /** All, the newest first. */
  public List<DockerContainer> list() {
    return index.newestFirst();
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
      name = index.freeName();
    }
    Creation.Plan plan = creation.plan(request, name);
    String id = plan.record().id();
    index.takeName(name, id);
    List<String> made = new ArrayList<>();
    try {
      records.create(plan.record(), !Json.flag(plan.record().hostConfig(), "AutoRemove"));
      for (VolumeSpec volume : plan.volumes()) {
        if (engine.volumes().find(volume.name()).isEmpty()) {
          engine.volumes().create(volume);
          made.add(volume.name());
        }
        engine.volumes().acquire(volume.name(), id);
      }
      imageMounts.hold(plan.record());
      DockerContainer container =
          new DockerContainer(plan.record(), engine.containers().create(plan.spec()));
      index.add(container);
      try {
        filling.fill(container);
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
    if (!ContainerIndex.isName(name)) {
      throw DockerException.invalid(
          "Invalid container name (" + name + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
    }
  }

  private void undo(Creation.Plan plan, String name, List<String> made, RuntimeException cause) {
    String id = plan.record().id();
    index.forget(id);
    try {
      imageMounts.forget(id);
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
    index.giveName(name, id);
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
        removal.byItself(container);
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
    if (!ContainerIndex.isName(name)) {
      throw DockerException.invalid(
          "Error when allocating new name: Invalid container name (/"
              + name
              + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
    }
    try {
      index.takeName(name, container.id());
    } catch (DockerException e) {
      throw new DockerException(e.status(), "Error when allocating new name: " + e.getMessage(), e);
    }
    try {
      change(container, record -> record.withName(name));
    } catch (RuntimeException e) {
      index.giveName(name, container.id());
      throw e;
    }
    index.giveName(old, container.id());
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
    removal.remove(container, force, withVolumes);
  }

  private void ended(DockerContainer container) {
    if (container.autoRemove() && !container.removing() && !container.kept()) {
      removal.byItself(container);
    }
  }

  // --- what happens to them ---

  /** Tells of something that happened to a container. */
  public void publish(DockerContainer container, String action, Map<String, String> more) {
    news.publish(container, action, more);
  }

  /** Hears the id of each container to which something happened; must not block. */
  public void onChange(Consumer<String> listener) {
    news.onChange(listener);
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
