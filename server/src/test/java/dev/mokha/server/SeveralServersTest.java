package dev.mokha.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.ListOptions;
import dev.mokha.client.leader.LeaderElector;
import dev.mokha.client.leader.LeaderElector.Election;
import dev.mokha.client.leader.LeaderElector.Timing;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.PkiException;
import dev.mokha.server.pki.SharedPki;
import dev.mokha.server.presence.ServerPresence;
import dev.mokha.store.Store;
import dev.mokha.store.etcd.EtcdAddress;
import dev.mokha.store.etcd.EtcdProcess;
import dev.mokha.store.etcd.EtcdStore;
import dev.mokha.store.etcd.TcpProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Two servers over one etcd: nobody can tell which one he talks to. */
@Timeout(180)
final class SeveralServersTest {
  private static final GroupVersionResource CONFIG_MAPS = core("configmaps");
  private static final GroupVersionResource SERVICES = core("services");
  private static final AtomicInteger CLUSTERS = new AtomicInteger();
  private static final Timing QUICK =
      new Timing(Duration.ofSeconds(2), Duration.ofMillis(1200), Duration.ofMillis(200));

  @TempDir private static Path etcdDirectory;
  private static EtcdProcess etcd;

  @TempDir private Path directory;
  private String prefix;

  @BeforeAll
  static void startEtcd() throws Exception {
    etcd = EtcdProcess.start(etcdDirectory);
  }

  @AfterAll
  static void endEtcd() throws Exception {
    if (etcd != null) {
      etcd.close();
    }
  }

  @BeforeEach
  void choosePrefix() {
    prefix = "/cluster" + CLUSTERS.incrementAndGet();
  }

  private static GroupVersionResource core(String resource) {
    return new GroupVersionResource("", "v1", resource);
  }

  /** A server and its store. */
  private record Server(ApiServer api, Store store, ApiClient client) implements AutoCloseable {
    @Override
    public void close() {
      api.close();
      store.close();
    }
  }

  private Server server(String name, String address, EtcdAddress at) throws IOException {
    Store store = EtcdStore.open(at);
    try {
      ClusterPki pki = SharedPki.open(store, directory.resolve(name), Clock.systemUTC());
      ClusterSettings settings =
          new ClusterSettings(address, 6443, "10.43.0.1", "10.43.0.0/16", "cluster.local");
      StandardStages stages = new StandardStages(pki, settings, Clock.systemUTC());
      ApiServer api =
          ApiServer.start(
              ServerConfig.builder(
                      store, pki.server(List.of(), "10.43.0.1", "cluster.local"), stages)
                  .self(new ServerPresence.Self(name, address, 6443, Duration.ofMillis(500)))
                  .build());
      return new Server(api, store, api.client(UserInfo.SERVER, "test"));
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private Server first() throws IOException {
    return server("one", "192.0.2.1", etcd.address(prefix));
  }

  private Server second() throws IOException {
    copySecret("one", "two");
    return server("two", "192.0.2.2", etcd.address(prefix));
  }

  private void copySecret(String from, String to) throws IOException {
    SharedPki.keepSecret(
        directory.resolve(to),
        Files.readString(directory.resolve(from).resolve(SharedPki.SECRET_FILE)));
  }

  private static KubeObject yaml(String text) {
    return KubeObject.of((ObjectNode) new YAMLMapper().readTree(text));
  }

  private static KubeObject configMap(String name, int value) {
    return yaml(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: %s, namespace: default}
        data: {value: "%d"}
        """
            .formatted(name, value));
  }

  private static KubeObject create(ApiClient client, GroupVersionResource resource, KubeObject o) {
    return client.create(resource, o.namespace(), "", "", o);
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("happens within a minute").isLessThan(until);
      Thread.sleep(50);
    }
  }

  @Test
  void whatOneAcknowledgedTheOtherShowsAtOnce() throws Exception {
    try (Server one = first();
        Server two = second()) {
      for (int i = 0; i < 60; i++) {
        String name = "m" + i;
        ApiClient writer = i % 2 == 0 ? one.client() : two.client();
        ApiClient reader = i % 2 == 0 ? two.client() : one.client();
        KubeObject made = create(writer, CONFIG_MAPS, configMap(name, i));
        assertThat(reader.get(CONFIG_MAPS, "default", name, "").resourceVersion())
            .isEqualTo(made.resourceVersion());
        assertThatThrownBy(() -> create(reader, CONFIG_MAPS, configMap(name, 0)))
            .isInstanceOfSatisfying(
                StatusException.class,
                e -> assertThat(e.reason()).isEqualTo(StatusReason.ALREADY_EXISTS));
        ObjectNode changed = made.toTree();
        changed.withObject("/data").put("value", "changed");
        reader.update(CONFIG_MAPS, "default", "", KubeObject.of(changed));
        changed.withObject("/data").put("value", "too late");
        assertThatThrownBy(() -> writer.update(CONFIG_MAPS, "default", "", KubeObject.of(changed)))
            .isInstanceOfSatisfying(
                StatusException.class,
                e -> assertThat(e.reason()).isEqualTo(StatusReason.CONFLICT));
        reader.delete(CONFIG_MAPS, "default", name, DeleteOptions.DEFAULT);
        assertThat(writer.find(CONFIG_MAPS, "default", name)).isEmpty();
      }
      // A namespace made at one is there for what is made in it at the other.
      for (int i = 0; i < 10; i++) {
        create(
            one.client(),
            core("namespaces"),
            yaml("{apiVersion: v1, kind: Namespace, metadata: {name: n%d}}".formatted(i)));
        create(
            two.client(),
            CONFIG_MAPS,
            yaml(
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: n%d}}"
                    .formatted(i)));
      }
    }
  }

  @Test
  void twoMayStartAtOnceOverAnEmptyEtcd() throws Exception {
    // The secret is needed by both before either has the chance to make one.
    try (Store store = EtcdStore.open(etcd.address(prefix))) {
      ClusterPki unused = SharedPki.open(store, directory.resolve("one"), Clock.systemUTC());
    }
    copySecret("one", "two");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Server> one = threads.submit(this::first);
      Future<Server> two = threads.submit(this::second);
      try (Server a = one.get();
          Server b = two.get()) {
        assertThat(a.api().isReady()).isTrue();
        assertThat(b.api().isReady()).isTrue();
        assertThat(a.client().list(core("namespaces"), "", ListOptions.ALL).items())
            .extracting(KubeObject::name)
            .contains("default", "kube-system");
      }
    }
  }

  @Test
  void addressesAndPortsOfServicesAreGivenOnce() throws Exception {
    try (Server one = first();
        Server two = second();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<KubeObject>> made = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        ApiClient client = i % 2 == 0 ? one.client() : two.client();
        // Half of them fight for the same few ports.
        String port = i < 20 ? "" : ", nodePort: " + (30000 + i / 4);
        KubeObject service =
            yaml(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: s%d, namespace: default}
                spec: {type: NodePort, ports: [{port: 80%s}]}
                """
                    .formatted(i, port));
        made.add(threads.submit(() -> create(client, SERVICES, service)));
      }
      Set<String> addresses = new HashSet<>();
      Set<Integer> ports = new HashSet<>();
      int refused = 0;
      for (Future<KubeObject> each : made) {
        try {
          JsonNode spec = each.get().toTree().path("spec");
          assertThat(addresses.add(spec.path("clusterIP").asString(""))).isTrue();
          assertThat(ports.add(spec.path("ports").path(0).path("nodePort").asInt(0))).isTrue();
        } catch (java.util.concurrent.ExecutionException e) {
          assertThat(((StatusException) e.getCause()).reason()).isEqualTo(StatusReason.INVALID);
          refused++;
        }
      }
      assertThat(refused).as("of four that want the same port three are refused").isEqualTo(15);
    }
  }

  @Test
  void theServiceOfTheServersLeadsToAllThatLive() throws Exception {
    try (Server two = startBoth()) {
      await(() -> endpoints(two.client()).equals(List.of("192.0.2.2")));
      assertThat(identityLeases(two.client())).hasSize(1);
    }
  }

  /** Starts both, sees both in the endpoints, and ends the first. */
  private Server startBoth() throws Exception {
    Server two;
    try (Server one = first()) {
      two = second();
      await(() -> endpoints(one.client()).equals(List.of("192.0.2.1", "192.0.2.2")));
      assertThat(identityLeases(one.client())).hasSize(2);
    }
    return two;
  }

  private static List<String> endpoints(ApiClient client) {
    Optional<KubeObject> found =
        client.find(
            new GroupVersionResource("discovery.k8s.io", "v1", "endpointslices"),
            "default",
            "kubernetes");
    List<String> addresses = new ArrayList<>();
    found.ifPresent(
        slice ->
            slice
                .toTree()
                .path("endpoints")
                .forEach(e -> addresses.add(e.path("addresses").path(0).asString(""))));
    return addresses;
  }

  private static List<String> identityLeases(ApiClient client) {
    return client
        .list(
            new GroupVersionResource("coordination.k8s.io", "v1", "leases"),
            "kube-system",
            ListOptions.ALL)
        .items()
        .stream()
        .map(KubeObject::name)
        .filter(n -> n.startsWith("apiserver-"))
        .toList();
  }

  @Test
  void withoutTheSecretNobodyJoins() throws Exception {
    try (Server one = first()) {
      assertThatThrownBy(() -> server("three", "192.0.2.3", etcd.address(prefix)))
          .isInstanceOf(PkiException.class)
          .hasMessageContaining("--join-secret");
      SharedPki.keepSecret(directory.resolve("three"), "A".repeat(43));
      assertThatThrownBy(() -> server("three", "192.0.2.3", etcd.address(prefix)))
          .isInstanceOf(PkiException.class)
          .hasMessageContaining("not that of the cluster");
      assertThatThrownBy(() -> SharedPki.keepSecret(directory.resolve("three"), "no secret"))
          .isInstanceOf(PkiException.class);
      copySecret("one", "three");
      try (Server three = server("three", "192.0.2.3", etcd.address(prefix))) {
        assertThat(Files.readString(directory.resolve("three/ca.pem")))
            .isEqualTo(Files.readString(directory.resolve("one/ca.pem")));
        assertThat(three.api().isReady()).isTrue();
      }
      String stored =
          new String(
              one.store().get("/mokha.dev/pki").orElseThrow().value(),
              java.nio.charset.StandardCharsets.ISO_8859_1);
      assertThat(stored).doesNotContain("PRIVATE KEY");
    }
  }

  @Test
  void ofTwoThatCouldLeadOneDoes() throws Exception {
    AtomicInteger leading = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    LeaderElector.Work work =
        () -> {
          most.accumulateAndGet(leading.incrementAndGet(), Math::max);
          return leading::decrementAndGet;
        };
    try (TcpProxy proxy = new TcpProxy(etcd.port());
        Server two = startSecond(proxy)) {
      ApiClient here = two.client();
      try (Server one = server("one", "192.0.2.1", through(proxy));
          LeaderElector a =
              LeaderElector.start(
                  one.client(), new Election("kube-system", "work", "a", false, QUICK), work)) {
        await(a::isLeader);
        try (LeaderElector b =
            LeaderElector.start(
                here, new Election("kube-system", "work", "b", false, QUICK), work)) {
          Thread.sleep(2 * QUICK.lease().toMillis());
          assertThat(b.isLeader()).isFalse();
          proxy.cut();
          await(b::isLeader);
          assertThat(a.isLeader()).as("gave up before the other began").isFalse();
          JsonNode spec = lease(here).path("spec");
          assertThat(spec.path("holderIdentity").asString("")).isEqualTo("b");
          assertThat(spec.path("leaseTransitions").asInt(0)).isEqualTo(1);
          assertThat(spec.path("leaseDurationSeconds").asInt(0)).isEqualTo(2);
          proxy.heal();
        }
        // Given back, it is free at once.
        await(a::isLeader);
      }
      assertThat(most).hasValue(1);
      assertThat(leading).hasValue(0);
    }
  }

  private Server startSecond(TcpProxy proxy) throws IOException {
    server("one", "192.0.2.1", through(proxy)).close();
    return second();
  }

  private static ObjectNode lease(ApiClient client) {
    return client
        .get(
            new GroupVersionResource("coordination.k8s.io", "v1", "leases"),
            "kube-system",
            "work",
            "")
        .toTree();
  }

  private EtcdAddress through(TcpProxy proxy) {
    return new EtcdAddress(List.of("127.0.0.1:" + proxy.port()), prefix, Optional.empty());
  }

  /** Keeps what a watch says. */
  private static final class Heard implements ApiClient.WatchHandler {
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    final BlockingQueue<Optional<StatusException>> ends = new LinkedBlockingQueue<>();

    @Override
    public void onEvent(String type, KubeObject object) {
      if (!type.equals("BOOKMARK")) {
        events.add(
            type
                + " "
                + object.name()
                + " "
                + object.toTree().path("data").path("value").asString());
      }
    }

    @Override
    public void onClose(StatusException cause) {
      ends.add(Optional.ofNullable(cause));
    }

    String next() throws InterruptedException {
      return events.poll(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void watchesGoOnWhereTheyWereWhenTheStoreWasLost() throws Exception {
    try (TcpProxy proxy = new TcpProxy(etcd.port());
        Server two = startSecond(proxy);
        Server one = server("one", "192.0.2.1", through(proxy))) {
      KubeObject made = create(two.client(), CONFIG_MAPS, configMap("watched", 0));
      Heard heard = new Heard();
      try (ApiClient.Watch watch =
          one.client()
              .watch(CONFIG_MAPS, "default", ListOptions.ALL.from(made.resourceVersion()), heard)) {
        for (int i = 1; i <= 30; i++) {
          if (i % 10 == 0) {
            proxy.cut();
          }
          made = two.client().update(CONFIG_MAPS, "default", "", with(made, Integer.toString(i)));
          if (i % 10 == 5) {
            proxy.heal();
          }
        }
        proxy.heal();
        for (int i = 1; i <= 30; i++) {
          assertThat(heard.next()).isEqualTo("MODIFIED watched " + i);
        }
        assertThat(heard.events).isEmpty();
        assertThat(heard.ends).isEmpty();
      }
      await(() -> one.api().isReady());
    }
  }

  private static KubeObject with(KubeObject object, String value) {
    ObjectNode tree = object.toTree();
    tree.withObject("/data").put("value", value);
    return KubeObject.of(tree);
  }

  @Test
  void watchesEndWhenTheStoreForgotWhatTheyMissed() throws Exception {
    try (TcpProxy proxy = new TcpProxy(etcd.port());
        Server two = startSecond(proxy);
        Server one = server("one", "192.0.2.1", through(proxy))) {
      KubeObject made = create(two.client(), CONFIG_MAPS, configMap("watched", 0));
      Heard heard = new Heard();
      try (ApiClient.Watch watch =
          one.client()
              .watch(CONFIG_MAPS, "default", ListOptions.ALL.from(made.resourceVersion()), heard)) {
        String before = made.resourceVersion();
        proxy.cut();
        for (int i = 1; i <= 5; i++) {
          made = two.client().update(CONFIG_MAPS, "default", "", with(made, Integer.toString(i)));
        }
        two.store().compact(two.store().revision());
        proxy.heal();
        assertThat(heard.ends.poll(60, TimeUnit.SECONDS).orElseThrow().isExpired()).isTrue();
        assertThat(heard.events).as("nothing that was missed is skipped over").isEmpty();
        await(() -> one.api().isReady());
        assertThat(one.client().get(CONFIG_MAPS, "default", "watched", "").resourceVersion())
            .isEqualTo(made.resourceVersion());
        assertThatThrownBy(
                () ->
                    one.client()
                        .watch(CONFIG_MAPS, "default", ListOptions.ALL.from(before), new Heard()))
            .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.isExpired()).isTrue());
      }
    }
  }
}
