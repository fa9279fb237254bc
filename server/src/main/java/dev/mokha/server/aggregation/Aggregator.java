package dev.mokha.server.aggregation;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.client.ApiClient;
import dev.mokha.server.aggregation.ApiService.Backend;
import dev.mokha.server.services.ServiceEndpoints;
import dev.mokha.server.services.ServiceEndpoints.Endpoint;
import dev.mokha.server.storage.ObjectCache;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.storage.StoredObject;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The aggregation layer: keeps {@link #directory} current, sees to the objects behind it, and knows
 * what extension servers say of themselves.
 *
 * <pre>{@code
 * Aggregator aggregator = new Aggregator(cache, resources, client, servers, clock);
 * aggregator.start();
 * ApiService api = aggregator.directory().remote("wardle.example.com", "v1alpha1");
 * if (api != null && api.availability().available()) {
 *   Endpoint at = aggregator.resolve(api.service().orElseThrow()); // pass the request on
 * }
 * }</pre>
 *
 * <p>The directory changes on the thread that applies the store's changes, so that whoever has read
 * his own write of an APIService is served by it. Everything that takes time happens elsewhere: one
 * thread keeps the APIServices of custom resources and the conditions of local ones, and one per
 * remote APIService asks its server.
 */
public final class Aggregator implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Aggregator.class);

  /**
   * Where things are stored.
   *
   * @param apiServices apiregistration.k8s.io/apiservices
   * @param definitions apiextensions.k8s.io/customresourcedefinitions
   * @param services core services
   * @param slices discovery.k8s.io/endpointslices
   */
  public record Resources(
      StorageResource apiServices,
      StorageResource definitions,
      StorageResource services,
      StorageResource slices) {}

  private enum Parsed {
    FORM
  }

  private final ObjectCache cache;
  private final Resources resources;
  private final ApiClient client;
  private final ExtensionServers servers;
  private final InstantSource clock;
  private final BackendCheck check;
  private final ServiceEndpoints endpoints;
  private final Registrations registrations;
  private final Map<String, Monitor> monitors = new ConcurrentHashMap<>();
  private final AtomicLong generation = new AtomicLong();
  private final Runnable apisChanged = this::apisChanged;
  private final Runnable backendsChanged = this::backendsChanged;
  private final Thread keeper;
  private final Runnable wakeKeeper;
  private volatile ApiDirectory directory = ApiDirectory.EMPTY;
  private volatile boolean keeperWoken = true;
  private volatile boolean closed;

  /**
   * An aggregation layer that is not started.
   *
   * @param client acts for it: writes APIServices and their status
   */
  public Aggregator(
      ObjectCache cache,
      Resources resources,
      ApiClient client,
      ExtensionServers servers,
      InstantSource clock) {
    this.cache = requireNonNull(cache, "cache");
    this.resources = requireNonNull(resources, "resources");
    this.client = requireNonNull(client, "client");
    this.servers = requireNonNull(servers, "servers");
    this.clock = requireNonNull(clock, "clock");
    this.check = new BackendCheck(cache);
    this.endpoints = new ServiceEndpoints(cache);
    this.registrations = new Registrations(cache, client);
    this.keeper = Thread.ofVirtual().name("apiservices").unstarted(this::keep);
    this.wakeKeeper =
        () -> {
          keeperWoken = true;
          LockSupport.unpark(keeper);
        };
  }

  /** Begins; the directory is filled when this returns. */
  public void start() {
    cache.of(resources.apiServices).addWaker(apisChanged);
    cache.of(resources.definitions).addWaker(wakeKeeper);
    cache.of(resources.services).addWaker(backendsChanged);
    cache.of(resources.slices).addWaker(backendsChanged);
    readDirectory();
    keeper.start();
  }

  /** Who answers for which group and version now. */
  public ApiDirectory directory() {
    return directory;
  }

  /**
   * Grows whenever the directory or the documents of an extension server change: what was made of
   * them is good as long as this stays.
   */
  public long generation() {
    return generation.get();
  }

  /** What the server of a remote APIService says of itself. */
  public RemoteDocuments documents(ApiService api) {
    Monitor monitor = monitors.get(api.name());
    return monitor == null ? RemoteDocuments.NONE : monitor.documents();
  }

  /**
   * A ready endpoint of an extension server.
   *
   * @throws StatusException when there is none
   */
  public Endpoint resolve(Backend backend) {
    return endpoints.resolve(backend.namespace(), backend.name(), backend.port());
  }

  private void apisChanged() {
    readDirectory();
    wakeKeeper.run();
  }

  private void backendsChanged() {
    ApiDirectory now = directory;
    if (!now.allLocal()) {
      now.remotes().forEach(this::wake);
    }
  }

  private void wake(ApiService api) {
    Monitor monitor = monitors.get(api.name());
    if (monitor != null) {
      monitor.wake(api);
    }
  }

  private synchronized void readDirectory() {
    List<ApiService> all = new ArrayList<>();
    for (StoredObject o : cache.stored(resources.apiServices)) {
      ApiService api = o.form(Parsed.FORM, ApiService::of);
      all.add(api);
    }
    directory = new ApiDirectory(all);
    generation.incrementAndGet();
  }

  private void keep() {
    while (!closed) {
      if (keeperWoken) {
        keeperWoken = false;
        try {
          registrations.reconcile();
          conditionsOfLocal();
          superviseRemote();
        } catch (RuntimeException e) {
          if (!closed) {
            log.warn("keeping the APIServices failed and goes on with the next change", e);
          }
        }
      } else {
        LockSupport.park(this);
        if (Thread.interrupted() && closed) {
          return;
        }
      }
    }
  }

  private void conditionsOfLocal() {
    for (KubeObject o : cache.list("apiregistration.k8s.io", "apiservices", "")) {
      ApiService api = ApiService.of(o);
      if (api.service().isEmpty() && !api.availability().equals(Availability.LOCAL)) {
        write(api, Availability.LOCAL);
      }
    }
  }

  private void superviseRemote() {
    ApiDirectory now = directory;
    Set<String> names = new HashSet<>();
    Set<ApiService.Trust> trusts = new HashSet<>();
    for (ApiService api : now.remotes()) {
      names.add(api.name());
      api.service().ifPresent(b -> trusts.add(b.trust()));
      Monitor known = monitors.get(api.name());
      if (known == null) {
        Monitor monitor =
            new Monitor(api, servers, check, endpoints, this::write, generation::incrementAndGet);
        monitors.put(api.name(), monitor);
        monitor.start();
      } else {
        known.wake(api);
      }
    }
    monitors.forEach(
        (name, monitor) -> {
          if (!names.contains(name)) {
            monitors.remove(name);
            monitor.close();
            generation.incrementAndGet();
          }
        });
    servers.keepOnly(trusts);
  }

  /** Writes a condition down if it is another one than before. */
  private void write(ApiService api, Availability found) {
    KubeObject current =
        cache.find("apiregistration.k8s.io", "apiservices", "", api.name()).orElse(null);
    if (closed
        || current == null
        || !current.uid().equals(api.uid())
        || !ApiService.of(current).service().equals(api.service())
        || Availability.of(current.toTree()).equals(found)) {
      return;
    }
    ObjectNode tree = current.toTree();
    found.writeTo(tree, clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    try {
      client.update(Registrations.API_SERVICES, "", "status", KubeObject.of(tree));
    } catch (StatusException e) {
      log.debug("the condition of {} is written at the next check: {}", api.name(), e.getMessage());
    }
  }

  @Override
  public void close() {
    closed = true;
    cache.of(resources.apiServices).removeWaker(apisChanged);
    cache.of(resources.definitions).removeWaker(wakeKeeper);
    cache.of(resources.services).removeWaker(backendsChanged);
    cache.of(resources.slices).removeWaker(backendsChanged);
    keeper.interrupt();
    monitors.values().forEach(Monitor::close);
  }
}
