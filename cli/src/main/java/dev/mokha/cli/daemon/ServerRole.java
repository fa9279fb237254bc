package dev.mokha.cli.daemon;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.cli.Addresses;
import dev.mokha.cli.Instance;
import dev.mokha.cli.Settings;
import dev.mokha.cli.Version;
import dev.mokha.cli.backup.BackupFile;
import dev.mokha.cli.backup.ClusterBackup;
import dev.mokha.cli.control.ControlServer;
import dev.mokha.client.ApiClient;
import dev.mokha.client.informer.Informers;
import dev.mokha.controllers.Controllers;
import dev.mokha.scheduler.Scheduler;
import dev.mokha.server.ApiServer;
import dev.mokha.server.ServerConfig;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.Kubeconfig;
import dev.mokha.store.Store;
import dev.mokha.store.rocks.RocksStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** The API server over its store, the control loops and the scheduler. Needs no root. */
final class ServerRole implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerRole.class);

  /** sysexits.h; whatever is not 0 makes the supervisor start a new process. */
  private static final int EX_SOFTWARE = 70;

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Instance instance;
  private final Store store;
  private final ApiServer server;
  private final ClusterPki pki;

  private ServerRole(Instance instance, Settings settings, Phases phases) throws IOException {
    this.instance = instance;
    store = opened(RocksStore.open(instance.dataDir().resolve("store")));
    phases.done("store");
    pki = ClusterPki.open(instance.dataDir().resolve("pki"), Clock.systemUTC());
    InetAddress internal = settings.nodeAddress(1);
    String service = Addresses.nth(settings.serviceCidr(), 1).getHostAddress();
    ClusterSettings cluster =
        new ClusterSettings(
            internal.getHostAddress(),
            settings.listenPort(),
            service,
            settings.serviceCidr(),
            settings.clusterDomain());
    List<String> names = List.of(internal.getHostAddress(), settings.listenHost());
    StandardStages stages = new StandardStages(pki, cluster, Clock.systemUTC());
    InetAddress listen = InetAddress.getByName(settings.listenHost());
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
                    .build()));
    new Kubeconfig(instance.contextName(), settings.serverUrl(), pki.authorityPem(), pki.admin())
        .write(instance.adminKubeconfig());
    server.onFailure(
        why -> {
          log.error("the server ends, to be started again: {}", why);
          Runtime.getRuntime().halt(EX_SOFTWARE);
        });
    phases.done("server");
    startLoops();
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

  private void startLoops() {
    ApiClient manager = client("system:kube-controller-manager", "kube-controller-manager");
    Informers informers = opened(Informers.of(manager));
    opened(Controllers.start(this::controllerClient, informers, pki.authorityPem()));
    ApiClient scheduler = client("system:kube-scheduler", "kube-scheduler");
    opened(Scheduler.start(scheduler, opened(Informers.of(scheduler))));
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

  ClusterPki pki() {
    return pki;
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
