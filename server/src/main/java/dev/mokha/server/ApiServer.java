package dev.mokha.server;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.conversion.Conversion;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.client.ApiClient;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.admission.DynamicAdmission;
import dev.mokha.server.aggregation.Aggregator;
import dev.mokha.server.audit.Audit;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.BootstrapStep;
import dev.mokha.server.crd.Definitions;
import dev.mokha.server.crd.validation.CustomResourceValidator;
import dev.mokha.server.flow.FlowControl;
import dev.mokha.server.flow.FlowKeeper;
import dev.mokha.server.http.Health;
import dev.mokha.server.http.HttpFace;
import dev.mokha.server.local.LocalApiClient;
import dev.mokha.server.local.LocalWatches;
import dev.mokha.server.metrics.ProcessMetrics;
import dev.mokha.server.metrics.StorageMetrics;
import dev.mokha.server.pipeline.Pipeline;
import dev.mokha.server.pki.ServerPki;
import dev.mokha.server.presence.ServerPresence;
import dev.mokha.server.rest.BoundPods;
import dev.mokha.server.rest.Catalog;
import dev.mokha.server.rest.CatalogKinds;
import dev.mokha.server.rest.RestHandler;
import dev.mokha.server.services.ServiceClaims;
import dev.mokha.server.services.ServiceEndpoints;
import dev.mokha.server.storage.Housekeeping;
import dev.mokha.server.storage.ObjectCache;
import dev.mokha.server.storage.ObjectReader;
import dev.mokha.server.storage.ObjectStorage;
import dev.mokha.server.storage.Reencryption;
import dev.mokha.server.storage.StorageResource;
import dev.mokha.server.webhook.WebhookClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API server.
 *
 * <pre>{@code
 * try (ApiServer server = ApiServer.start(ServerConfig.of(store, pki, stages))) {
 *   ApiClient client = server.client(UserInfo.SERVER, "my-controller");
 *   ...                                    // or over HTTPS: server.address()
 * }
 * }</pre>
 */
public final class ApiServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ApiServer.class);

  /** What is answered and not stored. */
  private static final Set<String> VIRTUAL =
      Set.of(
          "/bindings",
          "/componentstatuses",
          "authentication.k8s.io/tokenreviews",
          "authentication.k8s.io/selfsubjectreviews",
          "authorization.k8s.io/subjectaccessreviews",
          "authorization.k8s.io/localsubjectaccessreviews",
          "authorization.k8s.io/selfsubjectaccessreviews",
          "authorization.k8s.io/selfsubjectrulesreviews");

  private static final String LEVELS = "prioritylevelconfigurations";

  private static final int BOOTSTRAP_ATTEMPTS = 5;

  private final ObjectCache cache;
  private final Catalog catalog;
  private final Pipeline pipeline;
  private final HttpFace http;
  private final Health health;
  private final Housekeeping housekeeping;
  private final DynamicAdmission dynamic;
  private FlowKeeper flowKeeper;
  private ServerPresence presence;
  private final ServerConfig.Shutdown shutdown;
  private final Aggregator aggregator;
  private final LocalWatches watches = new LocalWatches();
  private final List<MetricSource> metrics = new CopyOnWriteArrayList<>();
  private Definitions definitions;
  private WebhookClient conversions;

  private ApiServer(
      ObjectCache cache,
      Catalog catalog,
      Pipeline pipeline,
      HttpFace http,
      Health health,
      Housekeeping housekeeping,
      DynamicAdmission dynamic,
      ServerConfig.Shutdown shutdown) {
    this.dynamic = dynamic;
    this.shutdown = shutdown;
    this.aggregator =
        new Aggregator(
            cache,
            new Aggregator.Resources(
                catalog.find("apiregistration.k8s.io", "v1", "apiservices").storage(),
                catalog.find("apiextensions.k8s.io", "v1", "customresourcedefinitions").storage(),
                catalog.find("", "v1", "services").storage(),
                catalog.find("discovery.k8s.io", "v1", "endpointslices").storage()),
            new LocalApiClient(catalog, pipeline, UserInfo.SERVER, "kube-aggregator", watches),
            http.extensionServers(),
            InstantSource.system());
    this.housekeeping = housekeeping;
    this.cache = cache;
    this.catalog = catalog;
    this.pipeline = pipeline;
    this.http = http;
    this.health = health;
  }

  /**
   * Starts a server and returns when it is ready: its port is open and what must exist in a cluster
   * exists.
   *
   * @throws IOException when the port can't be had
   */
  public static ApiServer start(ServerConfig config) throws IOException {
    requireNonNull(config, "config");
    Catalog catalog = new Catalog(served(), VIRTUAL, Conversion::convert);
    ObjectCache cache = new ObjectCache(config.store(), stored(catalog), config.encryption());
    cache.start();
    ObjectStorage storage = new ObjectStorage(cache);
    HttpFace http =
        new HttpFace(config.listen(), config.alsoListen(), config.pki(), config.patience());
    Housekeeping housekeeping =
        new Housekeeping(
            storage,
            catalog.find("", "v1", "events").storage(),
            config.eventTtl(),
            config.historyKept(),
            config.clock());
    Audit audit = openAudit(config, housekeeping, http, cache);
    DynamicAdmission dynamic = new DynamicAdmission(cache, new CatalogKinds(catalog));
    try {
      Stages stages = config.stages().create(cache);
      RestHandler rest =
          new RestHandler(
              config,
              catalog,
              storage,
              dynamic.into(stages.admission(), stages.authorizer()),
              stages.virtualResources());
      Pipeline pipeline = new Pipeline(stages.authorizer(), audit, rest);
      Health health = new Health();
      health.add("etcd", cache::failure);
      health.addReadiness("etcd-readiness", cache::failure);
      AtomicReference<String> loading = new AtomicReference<>("the definitions are not read yet");
      health.addReadiness("informer-sync", () -> Optional.ofNullable(loading.get()));
      ApiServer server =
          new ApiServer(
              cache, catalog, pipeline, http, health, housekeeping, dynamic, config.shutdown());
      server.bootstrap(stages);
      FlowControl flow = server.flowControl(config.mostReads() + config.mostWrites());
      server.followDefinitions(storage, config);
      loading.set(null);
      server.metrics.addAll(
          List.of(
              pipeline.metrics(),
              pipeline.access(),
              audit,
              rest.metrics(),
              dynamic.metrics(),
              new StorageMetrics(cache),
              new ProcessMetrics()));
      http.start(
          catalog,
          stages.authenticator(),
          pipeline,
          flow,
          server.metrics,
          health,
          stages.documents(),
          server.aggregator);
      server.aggregator.start();
      dynamic.start(
          new LocalApiClient(
              catalog, pipeline, UserInfo.SERVER, "kube-controller-manager", server.watches));
      cache
          .of(
              catalog
                  .find("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies")
                  .storage())
          .addWaker(dynamic::wake);
      server.keepFlows(config.clock());
      config.self().ifPresent(self -> server.appear(self, config.clock()));
      log.info("the API server listens on {}", http.address());
      Thread.ofVirtual()
          .name("reencryption")
          .start(
              () -> {
                try {
                  new Reencryption(storage).encrypted();
                } catch (RuntimeException e) {
                  // Closed meanwhile, or the store fails; the next start tries again.
                  log.warn("not all stored values are encrypted as they should be", e);
                }
              });
      return server;
    } catch (IOException | RuntimeException e) {
      housekeeping.close();
      http.close();
      dynamic.close();
      cache.close();
      audit.close();
      throw e;
    }
  }

  private void followDefinitions(ObjectStorage storage, ServerConfig config) {
    conversions = new WebhookClient(new ServiceEndpoints(cache));
    definitions =
        new Definitions(
            storage, catalog, CustomResourceValidator::new, conversions, config.clock());
    definitions.start(client(UserInfo.SERVER, "kube-apiserver"));
  }

  private void appear(ServerPresence.Self self, InstantSource clock) {
    presence = ServerPresence.start(client(UserInfo.SERVER, "kube-apiserver"), cache, self, clock);
  }

  private static Audit openAudit(ServerConfig config, AutoCloseable... opened) throws IOException {
    try {
      return Audit.open(config.audit(), config.clock());
    } catch (IOException e) {
      for (AutoCloseable part : opened) {
        try {
          part.close();
        } catch (Exception another) {
          e.addSuppressed(another);
        }
      }
      throw new IOException(
          "the audit log %s can't be written: %s".formatted(config.audit().file(), e.getMessage()),
          e);
    }
  }

  private static List<ResourceType> served() {
    List<ResourceType> all = new ArrayList<>(BuiltinResources.get().all());
    all.add(BoundPods.TYPE);
    return all;
  }

  private static List<StorageResource> stored(Catalog catalog) {
    List<StorageResource> all = new ArrayList<>(catalog.stored());
    all.add(ServiceClaims.NODE_PORTS);
    return all;
  }

  private FlowControl flowControl(int seats) {
    return new FlowControl(cache, flowResource("flowschemas"), flowResource(LEVELS), seats);
  }

  private void keepFlows(InstantSource clock) {
    flowKeeper =
        new FlowKeeper(
            client(UserInfo.SERVER, "api-priority-and-fairness-config-producer-v1"),
            client(UserInfo.SERVER, "api-priority-and-fairness-config-consumer-v1"),
            cache,
            List.of(cache.of(flowResource("flowschemas")), cache.of(flowResource(LEVELS))),
            clock);
  }

  private StorageResource flowResource(String name) {
    return catalog.find("flowcontrol.apiserver.k8s.io", "v1", name).storage();
  }

  private void bootstrap(Stages stages) {
    ApiClient self = client(UserInfo.SERVER, "kube-apiserver");
    for (BootstrapStep step : stages.bootstrap()) {
      AtomicReference<String> state = new AtomicReference<>("not finished");
      health.add(step.name(), () -> Optional.ofNullable(state.get()));
      run(step, self);
      state.set(null);
    }
  }

  /** Another server may do the same in the same moment; a second look finds what it has done. */
  private static void run(BootstrapStep step, ApiClient self) {
    for (int attempt = 1; ; attempt++) {
      try {
        step.run(self);
        return;
      } catch (StatusException e) {
        boolean raced =
            e.reason() == StatusReason.CONFLICT
                || e.reason() == StatusReason.ALREADY_EXISTS
                || e.reason() == StatusReason.NOT_FOUND;
        if (!raced || attempt == BOOTSTRAP_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /**
   * A client in this process. It is subject to authorization, admission and audit like any other.
   *
   * @param identity who acts
   * @param fieldManager who shall own the fields it writes
   */
  public ApiClient client(UserInfo identity, String fieldManager) {
    return new LocalApiClient(catalog, pipeline, identity, fieldManager, watches);
  }

  /** All objects, read without authorization: for the server's own parts. */
  public ObjectReader objects() {
    return cache;
  }

  /** Shows these certificates from the next handshake on; no connection is dropped. */
  public void renew(ServerPki renewed) {
    http.renew(renewed);
  }

  /**
   * Writes anew what is stored otherwise than it would be now: in the clear, or with an old key.
   *
   * @return how many objects were written
   */
  public int reencrypt() {
    return new Reencryption(new ObjectStorage(cache)).everything();
  }

  /** Shows these figures at {@code /metrics}, too. */
  public void publish(MetricSource figures) {
    metrics.add(requireNonNull(figures, "figures"));
  }

  /** Where clients connect. */
  public InetSocketAddress address() {
    return http.address();
  }

  /** True when all health checks pass. */
  public boolean isReady() {
    return health.isReady();
  }

  /**
   * Hears why the server can follow its store no more. It answers nothing but failures from then
   * on: the process should end, and be started again.
   */
  public void onFailure(Consumer<String> listener) {
    cache.onFailure(listener);
  }

  /**
   * Ends in good order: {@code /readyz} fails; after {@link ServerConfig.Shutdown#delay} all
   * watches end, nobody can connect any more, and requests that are under way are given {@link
   * ServerConfig.Shutdown#drain}. The store stays open.
   */
  @Override
  public void close() {
    health.shutDown();
    if (presence != null) {
      presence.close();
    }
    try {
      // Whoever asks whether we are ready shall have time to hear that we are not.
      Thread.sleep(shutdown.delay());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    http.drain(shutdown.drain());
    if (flowKeeper != null) {
      flowKeeper.close();
    }
    aggregator.close();
    watches.close();
    if (definitions != null) {
      definitions.close();
    }
    housekeeping.close();
    http.close();
    dynamic.close();
    if (conversions != null) {
      conversions.close();
    }
    cache.close();
    pipeline.audit().close();
  }
}
