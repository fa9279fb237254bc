package dev.mokha.cli.daemon;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.cli.Addresses;
import dev.mokha.cli.Instance;
import dev.mokha.cli.Settings;
import dev.mokha.cli.UserError;
import dev.mokha.cli.Version;
import dev.mokha.cli.backup.BackupFile;
import dev.mokha.cli.backup.ClusterBackup;
import dev.mokha.cli.control.ControlServer;
import dev.mokha.cli.control.ControlServer.Command;
import dev.mokha.cli.join.ClusterFacts;
import dev.mokha.client.ApiClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.WorkQueue;
import dev.mokha.client.informer.Informers;
import dev.mokha.client.leader.LeaderElector;
import dev.mokha.client.leader.LeaderElector.Election;
import dev.mokha.controllers.Controllers;
import dev.mokha.controllers.nodes.PodCidrController;
import dev.mokha.docker.cluster.ContainerResource;
import dev.mokha.scheduler.Scheduler;
import dev.mokha.scheduler.SchedulerMetrics;
import dev.mokha.server.ApiServer;
import dev.mokha.server.ServerConfig;
import dev.mokha.server.accounts.SecretTokens;
import dev.mokha.server.audit.AuditConfig;
import dev.mokha.server.audit.AuditPolicy;
import dev.mokha.server.audit.Rotation;
import dev.mokha.server.authentication.ServiceAccountIssuer;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.certificates.CertificateLoops;
import dev.mokha.server.certificates.ServingApprover;
import dev.mokha.server.encryption.Encryption;
import dev.mokha.server.oidc.OidcConfig;
import dev.mokha.server.oidc.OidcTokens;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.Kubeconfig;
import dev.mokha.server.pki.SharedPki;
import dev.mokha.server.presence.ServerPresence;
import dev.mokha.store.Store;
import dev.mokha.store.etcd.EtcdAddress;
import dev.mokha.store.etcd.EtcdStore;
import dev.mokha.store.rocks.RocksStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The API server over its store, the control loops and the scheduler. Needs no root. */
final class ServerRole implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerRole.class);

  /** sysexits.h; whatever is not 0 makes the supervisor start a new process. */
  private static final int EX_SOFTWARE = 70;

  private static final Duration RENEWAL = Duration.ofHours(6);

  /** Short, since containers and their traffic go on while the server is away. */
  private static final ServerConfig.Shutdown SHUTDOWN =
      new ServerConfig.Shutdown(Duration.ofMillis(500), Duration.ofSeconds(5));

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Instance instance;
  private final Settings settings;
  private final Store store;
  private final ApiServer server;
  private final ClusterPki pki;
  private final boolean shared;
  private final CompletableFuture<Optional<RegistryRole>> registry;

  private ServerRole(Instance instance, Settings settings, Phases phases) throws IOException {
    this.instance = instance;
    this.settings = settings;
    shared = !settings.store().isEmpty();
    store =
        opened(
            shared
                ? EtcdStore.open(EtcdAddress.parse(settings.store()))
                : RocksStore.open(instance.dataDir().resolve("store")));
    phases.done("store");
    pki =
        shared
            ? SharedPki.open(store, instance.pkiDir(), Clock.systemUTC())
            : ClusterPki.open(instance.pkiDir(), Clock.systemUTC());
    InetAddress internal = settings.nodeAddress(1);
    InetAddress listen = InetAddress.getByName(settings.listenHost());
    // A node's own address means something on this machine alone.
    InetAddress advertised =
        shared && !listen.isAnyLocalAddress() && !listen.isLoopbackAddress() ? listen : internal;
    String service = Addresses.nth(settings.serviceCidr(), 1).getHostAddress();
    ClusterSettings cluster =
        new ClusterSettings(
            advertised.getHostAddress(),
            settings.listenPort(),
            service,
            settings.serviceCidr(),
            settings.clusterDomain());
    String identity = identity(instance);
    List<String> names =
        List.of(internal.getHostAddress(), settings.listenHost(), Addresses.advertised(settings));
    StandardStages stages = new StandardStages(pki, cluster, Clock.systemUTC());
    if (!settings.oidcConfig().isEmpty()) {
      OidcConfig providers = OidcConfig.read(Path.of(settings.oidcConfig()));
      stages.with(opened(OidcTokens.start(providers, Clock.systemUTC())));
    }
    List<InetAddress> also =
        listen.isAnyLocalAddress() || listen.equals(internal) ? List.of() : List.of(internal);
    server =
        opened(
            ApiServer.start(
                ServerConfig.builder(
                        store, pki.server(names, service, settings.clusterDomain()), stages)
                    .listen(new InetSocketAddress(listen, settings.listenPort()))
                    .alsoListen(also)
                    .serviceCidr(settings.serviceCidr())
                    .self(
                        new ServerPresence.Self(
                            identity,
                            advertised.isLoopbackAddress() ? "" : advertised.getHostAddress(),
                            settings.listenPort()))
                    .encryption(Encryption.ofSecrets(pki.encryptionKeys().ring()))
                    .audit(audit(instance, settings))
                    .shutdown(SHUTDOWN)
                    .build()));
    Runnable kubeconfig =
        () ->
            new Kubeconfig(
                    instance.contextName(), settings.serverUrl(), pki.authorityPem(), pki.admin())
                .write(instance.adminKubeconfig());
    kubeconfig.run();
    opened(
        CertificateRenewal.start(
            RENEWAL,
            () -> {
              server.renew(pki.server(names, service, settings.clusterDomain()));
              kubeconfig.run();
            }));
    server.onFailure(
        why -> {
          log.error("the server ends, to be started again: {}", why);
          Runtime.getRuntime().halt(EX_SOFTWARE);
        });
    phases.done("server");
    startLoops(identity, !shared, stages.issuer());
    ApiClient forRegistry = client("system:registry", "registry");
    // Beside the node's own start, which does not wait for it.
    registry =
        CompletableFuture.supplyAsync(
            () ->
                RegistryRole.start(
                    instance,
                    settings,
                    pki,
                    names,
                    forRegistry,
                    new RegistryService(masterClient(), advertised, identity, shared)),
            task -> Thread.ofPlatform().name("registry-start").start(task));
    // A future, for the start does not wait: until then there is nothing to count.
    server.publish(
        out -> registry.getNow(Optional.empty()).ifPresent(role -> role.metrics().write(out)));
    opened(() -> registry.join().ifPresent(RegistryRole::close));
  }

  /** Stays the same when the server is started again, and no other server has it. */
  private static String identity(Instance instance) throws IOException {
    String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    return instance.name().equals("mokha") ? host : host + "-" + instance.name();
  }

  private static AuditConfig audit(Instance instance, Settings settings) throws IOException {
    AuditPolicy policy =
        settings.auditPolicy().isEmpty()
            ? AuditPolicy.standard()
            : AuditPolicy.read(Path.of(settings.auditPolicy()));
    Path file =
        settings.auditLog().isEmpty()
            ? instance.dataDir().resolve("audit").resolve("audit.log")
            : Path.of(settings.auditLog());
    return new AuditConfig(policy, file, Rotation.DEFAULT);
  }

  /** Starts the role; returns when the server is ready. */
  static ServerRole start(Instance instance, Settings settings, Phases phases) throws IOException {
    return new ServerRole(
        requireNonNull(instance, "instance"),
        requireNonNull(settings, "settings"),
        requireNonNull(phases, "phases"));
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  /** Of all servers of the cluster one runs the controllers, and one the scheduler. */
  private void startLoops(String identity, boolean alone, ServiceAccountIssuer issuer) {
    ApiClient manager = client("system:kube-controller-manager", "kube-controller-manager");
    opened(
        LeaderElector.start(
            manager,
            new Election("kube-system", "kube-controller-manager", identity, alone),
            () -> {
              Informers informers = Informers.of(manager);
              Controllers controllers =
                  Controllers.start(this::controllerClient, informers, pki.authorityPem());
              Controller secretTokens =
                  SecretTokens.start(manager, informers, issuer, pki.authorityPem());
              CertificateLoops certificates =
                  CertificateLoops.start(
                      this::controllerClient, informers, pki::authority, InstantSource.system());
              Controller ranges =
                  PodCidrController.start(
                      controllerClient("node-controller"), informers, settings.podCidr());
              ServingApprover approver =
                  ServingApprover.start(controllerClient("certificate-controller"), informers);
              ClusterFacts.of(settings).publish(masterClient());
              ContainerResource.install(masterClient());
              return () -> {
                approver.close();
                ranges.close();
                certificates.close();
                secretTokens.close();
                controllers.close();
                informers.close();
              };
            }));
    server.publish(WorkQueue.metrics());
    SchedulerMetrics schedulerMetrics = new SchedulerMetrics();
    server.publish(schedulerMetrics);
    ApiClient scheduler = client("system:kube-scheduler", "kube-scheduler");
    opened(
        LeaderElector.start(
            scheduler,
            new Election("kube-system", "kube-scheduler", identity, alone),
            () -> {
              Informers informers = Informers.of(scheduler);
              Scheduler running = Scheduler.start(scheduler, informers, schedulerMetrics);
              return () -> {
                running.close();
                informers.close();
              };
            }));
  }

  /** Acts as a user of the system, without groups of its own. */
  ApiClient client(String user, String fieldManager) {
    return server.client(UserInfo.authenticated(user, List.of()), fieldManager);
  }

  /** Acts as the cluster's administrator. */
  ApiClient masterClient() {
    return server.client(UserInfo.SERVER, "mokha");
  }

  /** Acts as a node's agent. */
  ApiClient nodeClient(String node, String fieldManager) {
    return server.client(
        UserInfo.authenticated("system:node:" + node, List.of("system:nodes")), fieldManager);
  }

  private ApiClient controllerClient(String name) {
    return server.client(
        UserInfo.authenticated(
            "system:serviceaccount:kube-system:" + name,
            List.of("system:serviceaccounts", "system:serviceaccounts:kube-system")),
        name);
  }

  /** Saves the cluster in the file that the request names. */
  JsonNode backup(JsonNode request, ControlServer.ProgressSink progress) throws IOException {
    Path file = Path.of(request.path("file").asString());
    progress.update(file.toString(), "reading", 0, 2);
    BackupFile.Contents contents = ClusterBackup.take(instance, store, Version.version());
    progress.update(file.toString(), "writing", 1, 2);
    long bytes = BackupFile.write(file, contents);
    progress.update(file.toString(), "done", 2, 2);
    return Json.MAPPER
        .createObjectNode()
        .put("objects", contents.snapshot().entries().size())
        .put("revision", contents.snapshot().revision())
        .put("bytes", bytes);
  }

  /** What the command line may ask of this role. */
  Map<String, Command> commands() {
    Map<String, Command> commands = new HashMap<>();
    commands.put("backup", this::backup);
    commands.put("rotate-encryption-key", (request, progress) -> rotate(request));
    if (settings.registryPort().isPresent()) {
      commands.putAll(RegistryCommands.of(() -> registry().map(RegistryRole::storage)));
    }
    return commands;
  }

  /** Makes a new key that encrypts from now on, and writes everything anew with it. */
  private JsonNode rotate(JsonNode request) {
    boolean dropOld = request.path("dropOld").asBoolean(false);
    if (shared && dropOld) {
      throw new UserError(
          "servers that share a store keep their old keys, for one of them may write with an old"
              + " key still; leave out --drop-old");
    }
    ObjectNode answer = Json.MAPPER.createObjectNode();
    answer.put("key", pki.encryptionKeys().rotate().id());
    answer.put("written", server.reencrypt());
    if (dropOld) {
      answer.put("dropped", pki.encryptionKeys().dropOld());
    }
    return answer;
  }

  ClusterPki pki() {
    return pki;
  }

  /** Adds to what the status says. */
  void describe(ObjectNode status) throws IOException {
    if (registry().isPresent()) {
      registry().get().describe(status);
    } else if (settings.registryPort().isPresent()) {
      status.putObject("registry").put("failed", "it did not start; mokha logs says why");
    }
  }

  /** The registry, unless it is off or could not start; waits until that is known. */
  Optional<RegistryRole> registry() {
    return registry.join();
  }

  ApiServer server() {
    return server;
  }

  @Override
  public void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }
}
