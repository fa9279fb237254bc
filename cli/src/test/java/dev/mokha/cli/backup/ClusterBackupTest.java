package dev.mokha.cli.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.cli.Instance;
import dev.mokha.cli.Settings;
import dev.mokha.cli.UserError;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.WatchHandler;
import dev.mokha.client.ListOptions;
import dev.mokha.server.ApiServer;
import dev.mokha.server.ServerConfig;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.encryption.Encryption;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.SharedPki;
import dev.mokha.store.Entry;
import dev.mokha.store.Snapshot;
import dev.mokha.store.Store;
import dev.mokha.store.etcd.EtcdAddress;
import dev.mokha.store.etcd.EtcdProcess;
import dev.mokha.store.etcd.EtcdStore;
import dev.mokha.store.rocks.RocksStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster in a file, and back. */
final class ClusterBackupTest {
  private static final GroupVersionResource MAPS = new GroupVersionResource("", "v1", "configmaps");
  private static final GroupVersionResource SECRETS = new GroupVersionResource("", "v1", "secrets");
  private static final GroupVersionResource ACCOUNTS =
      new GroupVersionResource("", "v1", "serviceaccounts");
  private static final GroupVersionResource TOKEN_REVIEWS =
      new GroupVersionResource("authentication.k8s.io", "v1", "tokenreviews");

  @TempDir private Path directory;

  /** A server over an instance's data directory, without nodes. */
  private record Running(Store store, ApiServer server) implements AutoCloseable {
    static Running start(Instance instance) throws IOException {
      Store store = RocksStore.open(instance.dataDir().resolve("store"));
      return start(store, ClusterPki.open(instance.pkiDir(), Clock.systemUTC()));
    }

    static Running start(Instance instance, EtcdAddress address) throws IOException {
      Store store = EtcdStore.open(address);
      return start(store, SharedPki.open(store, instance.pkiDir(), Clock.systemUTC()));
    }

    private static Running start(Store store, ClusterPki pki) throws IOException {
      ClusterSettings settings =
          new ClusterSettings("192.0.2.1", 6443, "10.43.0.1", "10.43.0.0/16", "cluster.local");
      return new Running(
          store,
          ApiServer.start(
              ServerConfig.builder(
                      store,
                      pki.server(List.of(), "10.43.0.1", "cluster.local"),
                      new StandardStages(pki, settings, Clock.systemUTC()))
                  .encryption(Encryption.ofSecrets(pki.encryptionKeys().ring()))
                  .build()));
    }

    ApiClient client() {
      return server.client(UserInfo.SERVER, "test");
    }

    @Override
    public void close() {
      server.close();
      store.close();
    }
  }

  private Instance instance(String name) throws IOException {
    return Instance.of(directory.resolve(name));
  }

  private static KubeObject map(ApiClient client, String name) {
    return client.create(
        MAPS,
        "default",
        "",
        "",
        KubeObject.parse(
            "{\"metadata\":{\"name\":\"%s\"},\"data\":{\"k\":\"v\"}}"
                .formatted(name)
                .getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aClusterComesBackAsItWas() throws Exception {
    Instance old = instance("old");
    Files.createDirectories(old.dataDir());
    // Larger than any file of a cluster; images have a backup of their own.
    for (String large : List.of("registry/own/blobs/layer", "audit/audit.log")) {
      Path file = old.dataDir().resolve(large);
      Files.createDirectories(file.getParent());
      Files.write(file, new byte[5 << 20]);
    }
    Settings.DEFAULT.write(old);
    Path file = directory.resolve("cluster.backup");
    KubeObject kept;
    KubeObject later;
    String token;
    try (Running cluster = Running.start(old)) {
      kept = map(cluster.client(), "kept");
      secret(cluster.client());
      cluster
          .client()
          .create(ACCOUNTS, "default", "", "", object("{\"metadata\":{\"name\":\"someone\"}}"));
      token =
          cluster
              .client()
              .create(
                  ACCOUNTS,
                  "default",
                  "someone",
                  "token",
                  object("{\"spec\":{\"expirationSeconds\":3600}}"))
              .toTree()
              .path("status")
              .path("token")
              .asString();
      BackupFile.write(file, ClusterBackup.take(old, cluster.store(), "test"));
      later = map(cluster.client(), "later");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");

    Instance restored = instance("new");
    ClusterBackup.restore(BackupFile.read(file), restored);
    assertThat(Settings.read(restored)).contains(Settings.DEFAULT);
    try (Running cluster = Running.start(restored)) {
      ApiClient client = cluster.client();
      KubeObject found = client.get(MAPS, "default", "kept", "");
      assertThat(found.json()).isEqualTo(kept.json());
      assertThat(password(client)).isEqualTo("c3dvcmRmaXNo");
      assertThat(client.find(MAPS, "default", "later")).isEmpty();
      assertThat(Long.parseLong(map(client, "new").resourceVersion()))
          .as("no revision that a client has seen is given twice")
          .isGreaterThan(Long.parseLong(later.resourceVersion()));
      assertThat(
              client
                  .create(
                      TOKEN_REVIEWS, "", "", "", object("{\"spec\":{\"token\":\"" + token + "\"}}"))
                  .toTree()
                  .at("/status/user/username")
                  .asString(""))
          .isEqualTo("system:serviceaccount:default:someone");
      assertThat(endOfWatch(client, later.resourceVersion()).isExpired()).isTrue();
    }
    assertThatThrownBy(() -> ClusterBackup.restore(BackupFile.read(file), restored))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("is not empty");
  }

  private static void secret(ApiClient client) {
    client.create(
        SECRETS,
        "default",
        "",
        "",
        object("{\"metadata\":{\"name\":\"s\"},\"data\":{\"p\":\"c3dvcmRmaXNo\"}}"));
  }

  private static String password(ApiClient client) {
    return client.get(SECRETS, "default", "s", "").toTree().at("/data/p").asString("");
  }

  @Test
  void aClusterOfOneMachineComesBackInAnEtcd() throws Exception {
    Instance old = instance("old");
    Files.createDirectories(old.dataDir());
    Settings.DEFAULT.write(old);
    Path file = directory.resolve("cluster.backup");
    KubeObject kept;
    KubeObject later;
    try (Running cluster = Running.start(old)) {
      kept = map(cluster.client(), "kept");
      secret(cluster.client());
      BackupFile.write(file, ClusterBackup.take(old, cluster.store(), "test"));
      later = map(cluster.client(), "later");
    }
    BackupFile.Contents contents = BackupFile.read(file);
    Instance restored = instance("new");
    try (EtcdProcess etcd = EtcdProcess.start(directory)) {
      String address = "etcd://127.0.0.1:" + etcd.port() + "?prefix=/restored";
      AtomicLong steps = new AtomicLong();
      ClusterBackup.restoreIntoEtcd(
          contents, restored, address, (action, done, total) -> steps.incrementAndGet());
      assertThat(steps).hasPositiveValue();
      assertThat(Settings.read(restored).orElseThrow().store()).isEqualTo(address);
      try (Running cluster = Running.start(restored, EtcdAddress.parse(address))) {
        ApiClient client = cluster.client();
        KubeObject found = client.get(MAPS, "default", "kept", "");
        assertThat(found.uid()).isEqualTo(kept.uid());
        assertThat(Long.parseLong(found.resourceVersion()))
            .as("beyond what the old cluster gave")
            .isGreaterThan(Long.parseLong(later.resourceVersion()));
        assertThat(password(client)).isEqualTo("c3dvcmRmaXNo");
        assertThat(client.find(MAPS, "default", "later")).isEmpty();
        assertThat(endOfWatch(client, later.resourceVersion()).isExpired()).isTrue();
        assertThat(cluster.store().list("/mokha.dev/restoring/").entries()).isEmpty();
      }
      assertThatThrownBy(
              () ->
                  ClusterBackup.restoreIntoEtcd(
                      contents, instance("third"), address, (action, done, total) -> {}))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("there is a cluster");
      BackupFile.Contents far =
          new BackupFile.Contents(
              Instant.EPOCH, "test", Map.of(), new Snapshot(2_000_000_000, List.of()));
      assertThatThrownBy(
              () ->
                  ClusterBackup.restoreIntoEtcd(
                      far,
                      instance("fourth"),
                      address.replace("restored", "far"),
                      (action, done, total) -> {}))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("too far behind");
      assertThat(instance("fourth").dataDir()).doesNotExist();
      assertThat(directory.resolve("fourth.restoring")).doesNotExist();
      assertThat(directory.resolve("third.restoring")).doesNotExist();
    }
  }

  private static StatusException endOfWatch(ApiClient client, String revision) throws Exception {
    CompletableFuture<StatusException> end = new CompletableFuture<>();
    WatchHandler handler =
        new WatchHandler() {
          @Override
          public void onEvent(String type, KubeObject object) {}

          @Override
          public void onClose(StatusException cause) {
            end.complete(cause);
          }
        };
    try (ApiClient.Watch _ =
        client.watch(MAPS, "default", ListOptions.ALL.from(revision), handler)) {
      return end.get(10, TimeUnit.SECONDS);
    } catch (StatusException e) {
      return e;
    }
  }

  private static KubeObject object(String json) {
    return KubeObject.of(Json.parseObject(json.getBytes(StandardCharsets.UTF_8)));
  }

  private Path small() throws IOException {
    Path file = directory.resolve("small.backup");
    BackupFile.write(
        file,
        new BackupFile.Contents(
            Instant.EPOCH,
            "test",
            Map.of("pki/ca.pem", new byte[] {1, 2, 3}),
            new Snapshot(7, List.of(new Entry("/registry/a", new byte[] {9, 8, 7, 6}, 3, 7)))));
    return file;
  }

  @Test
  void whatIsWrittenIsRead() throws Exception {
    BackupFile.Contents contents = BackupFile.read(small());
    assertThat(contents.created()).isEqualTo(Instant.EPOCH);
    assertThat(contents.files().get("pki/ca.pem")).containsExactly(1, 2, 3);
    assertThat(contents.snapshot().revision()).isEqualTo(7);
    Entry entry = contents.snapshot().entries().getFirst();
    assertThat(entry.key()).isEqualTo("/registry/a");
    assertThat(entry.createRevision()).isEqualTo(3);
    assertThat(entry.modRevision()).isEqualTo(7);
    assertThat(entry.value()).containsExactly(9, 8, 7, 6);
  }

  @Test
  void whatWasCutOffOrChangedIsRefused() throws Exception {
    byte[] whole = Files.readAllBytes(small());
    Path bad = directory.resolve("bad.backup");
    for (int length = 0; length < whole.length; length++) {
      Files.write(bad, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> BackupFile.read(bad)).isInstanceOf(UserError.class);
    }
    for (int i = 0; i < whole.length; i++) {
      byte[] changed = whole.clone();
      changed[i] ^= 4;
      Files.write(bad, changed);
      assertThatThrownBy(() -> BackupFile.read(bad)).isInstanceOf(UserError.class);
    }
    Files.writeString(bad, "mokha-backup 2\nwhatever comes");
    assertThatThrownBy(() -> BackupFile.read(bad)).hasMessageContaining("newer Mokha");
  }

  @Test
  void aPathOutsideTheDirectoryIsRefused() {
    BackupFile.Contents contents =
        new BackupFile.Contents(
            Instant.EPOCH, "test", Map.of("../evil", new byte[0]), new Snapshot(1, List.of()));
    assertThatThrownBy(() -> ClusterBackup.restore(contents, instance("outside")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("outside its directory");
    assertThat(directory.resolve("evil")).doesNotExist();
    assertThat(directory.resolve("outside.restoring")).doesNotExist();
  }
}
