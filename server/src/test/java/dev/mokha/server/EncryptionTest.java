package dev.mokha.server;

import static dev.mokha.server.SecureCluster.ADMIN;
import static dev.mokha.server.SecureCluster.core;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.server.encryption.Encryption;
import dev.mokha.server.encryption.KeyRing;
import dev.mokha.server.encryption.KeyRing.Key;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.EncryptionKeyFile;
import dev.mokha.server.pki.PkiException;
import dev.mokha.store.Store;
import dev.mokha.store.StoreException;
import dev.mokha.store.Transaction;
import dev.mokha.store.memory.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets in the store, from a server that does not encrypt to one that has changed its key. */
final class EncryptionTest {
  private static final String PREFIX = "/registry/core/secrets/default/";

  @TempDir private Path directory;
  private Store store;

  @BeforeEach
  void open() {
    store = MemoryStore.create();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static Key key(String id) {
    byte[] secret = new byte[32];
    secret[0] = (byte) id.hashCode();
    return new Key(id, secret);
  }

  private SecureCluster cluster(Encryption encryption) throws Exception {
    return new SecureCluster(directory, store, encryption);
  }

  private static void create(SecureCluster cluster, String name) {
    cluster.create(
        core("secrets"),
        "default",
        "{apiVersion: v1, kind: Secret, metadata: {name: %s}, stringData: {p: swordfish}}"
            .formatted(name));
  }

  private String stored(String key) {
    return new String(store.get(PREFIX + key).orElseThrow().value(), StandardCharsets.ISO_8859_1);
  }

  private static String password(SecureCluster cluster, String name) throws Exception {
    return cluster
        .get(ADMIN, "/api/v1/namespaces/default/secrets/" + name)
        .body()
        .at("/data/p")
        .asString();
  }

  @Test
  void secretsAreReadableThroughTheApiAlone() throws Exception {
    try (SecureCluster cluster = cluster(Encryption.ofSecrets(new KeyRing(List.of(key("k1")))))) {
      create(cluster, "a");
      assertThat(password(cluster, "a")).isEqualTo("c3dvcmRmaXNo");
      assertThat(stored("a")).contains("k1").doesNotContain("c3dvcmRmaXNo");
      cluster.create(
          core("configmaps"),
          "default",
          "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {p: plain}}");
      assertThat(
              new String(
                  store.get("/registry/core/configmaps/default/a").orElseThrow().value(),
                  StandardCharsets.UTF_8))
          .contains("plain");
    }
    // And after a start, from the store.
    try (SecureCluster cluster = cluster(Encryption.ofSecrets(new KeyRing(List.of(key("k1")))))) {
      assertThat(password(cluster, "a")).isEqualTo("c3dvcmRmaXNo");
    }
  }

  @Test
  void whatWasStoredInTheClearIsReadAndThenEncrypted() throws Exception {
    try (SecureCluster cluster = cluster(Encryption.NONE)) {
      create(cluster, "a");
      assertThat(stored("a")).contains("c3dvcmRmaXNo");
    }
    try (SecureCluster cluster = cluster(Encryption.ofSecrets(new KeyRing(List.of(key("k1")))))) {
      assertThat(password(cluster, "a")).isEqualTo("c3dvcmRmaXNo");
      // A start does so by itself in the background; whoever comes second finds nothing to do.
      cluster.server.reencrypt();
      assertThat(stored("a")).contains("k1").doesNotContain("c3dvcmRmaXNo");
      assertThat(password(cluster, "a")).isEqualTo("c3dvcmRmaXNo");
    }
  }

  @Test
  void aNewKeyWritesAllAnewAndTheOldOneCanGo() throws Exception {
    KeyRing ring = new KeyRing(List.of(key("k1")));
    try (SecureCluster cluster = cluster(Encryption.ofSecrets(ring))) {
      create(cluster, "a");
      create(cluster, "b");
      ring.replace(List.of(key("k2"), key("k1")));
      assertThat(password(cluster, "a")).isEqualTo("c3dvcmRmaXNo");
      create(cluster, "c");
      assertThat(stored("c")).contains("k2");
      assertThat(cluster.server.reencrypt()).isEqualTo(2);
      // The head alone: cipher text says anything, "k1" too.
      assertThat(stored("a").substring(0, 8)).contains("k2").doesNotContain("k1");
      assertThat(cluster.server.reencrypt()).isZero();
    }
    try (SecureCluster cluster = cluster(Encryption.ofSecrets(new KeyRing(List.of(key("k2")))))) {
      assertThat(password(cluster, "b")).isEqualTo("c3dvcmRmaXNo");
    }
  }

  @Test
  void aMissingKeyAndAMovedValueAreNamed() throws Exception {
    try (SecureCluster cluster = cluster(Encryption.ofSecrets(new KeyRing(List.of(key("k1")))))) {
      create(cluster, "a");
    }
    assertThatThrownBy(() -> cluster(Encryption.NONE).close())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("encrypted with the key k1");
    byte[] value = store.get(PREFIX + "a").orElseThrow().value();
    store.commit(Transaction.update(PREFIX + "b", 0, value));
    assertThatThrownBy(() -> cluster(Encryption.ofSecrets(new KeyRing(List.of(key("k1"))))).close())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(PREFIX + "b")
        .hasMessageContaining("moved");
  }

  @Test
  void theFileKeepsItsKeysThroughARotation() throws Exception {
    ClusterPki pki = ClusterPki.open(directory, Clock.systemUTC());
    assertThat(directory.resolve("encryption.keys")).doesNotExist();
    EncryptionKeyFile keys = pki.encryptionKeys();
    Key first = keys.ring().first();
    Key second = keys.rotate();
    assertThat(keys.ring().all()).extracting(Key::id).containsExactly(second.id(), first.id());
    Path file = directory.resolve("encryption.keys");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    KeyRing read = ClusterPki.open(directory, Clock.systemUTC()).encryptionKeys().ring();
    assertThat(read.first().secret()).isEqualTo(second.secret());
    assertThat(read.find(first.id()).orElseThrow().secret()).isEqualTo(first.secret());
    assertThat(keys.dropOld()).isEqualTo(1);
    assertThat(keys.ring().all()).hasSize(1);
    Files.writeString(file, "mokha-encryption-keys 1\nk1 abc\n");
    assertThatThrownBy(() -> ClusterPki.open(directory, Clock.systemUTC()).encryptionKeys())
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("damaged");
  }
}
