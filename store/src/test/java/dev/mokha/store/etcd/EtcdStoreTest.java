package dev.mokha.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.store.Entry;
import dev.mokha.store.RecordingListener;
import dev.mokha.store.RecordingListener.Changed;
import dev.mokha.store.Store;
import dev.mokha.store.StoreContract;
import dev.mokha.store.Subscription;
import dev.mokha.store.Transaction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EtcdStoreTest extends StoreContract {
  private static final AtomicInteger PREFIXES = new AtomicInteger();

  @TempDir private static Path directory;

  private static EtcdProcess etcd;

  private String prefix;

  @BeforeAll
  static void startEtcd() throws Exception {
    etcd = EtcdProcess.start(directory);
  }

  @AfterAll
  static void endEtcd() throws Exception {
    if (etcd != null) {
      etcd.close();
    }
  }

  @Override
  protected Store open() {
    prefix = "/contract/" + PREFIXES.incrementAndGet();
    return EtcdStore.open(etcd.address(prefix));
  }

  @Override
  protected int historyLength() {
    return 2_000;
  }

  @Test
  void clustersOfOneEtcdKnowNothingOfEachOther() throws Exception {
    try (Store other = EtcdStore.open(etcd.address(prefix + "0"))) {
      RecordingListener heard = new RecordingListener();
      long before = store.revision();
      try (Subscription watch = store.watch("", before, heard)) {
        other.commit(Transaction.create("/a", bytes("other")));
        assertThat(store.get("/a")).isEmpty();
        assertThat(store.list("").entries()).isEmpty();
        // Nobody here writes, and still the watch reaches what a reader is told to wait for.
        long now = store.revision();
        assertThat(now).isGreaterThan(before);
        for (Changed changed : heard.until(now)) {
          assertThat(changed.events()).isEmpty();
        }
      }
    }
  }

  @Test
  void anotherServerSeesWhatWasAcknowledged() {
    try (Store other = EtcdStore.open(etcd.address(prefix))) {
      long revision = store.commit(Transaction.create("/a", bytes("1"))).revision();
      assertThat(other.revision()).isEqualTo(revision);
      assertThat(other.get("/a").map(Entry::modRevision)).contains(revision);
      other.compact(revision);
      assertThat(store.compactedRevision()).isEqualTo(revision);
    }
  }

  @Test
  void anEtcdThatWentBackInTimeIsRefused(@TempDir Path own) throws Exception {
    try (EtcdProcess lost = EtcdProcess.start(own);
        Store before = EtcdStore.open(lost.address(prefix))) {
      for (int i = 0; i < 5; i++) {
        before.commit(Transaction.create("/a" + i, bytes("1")));
      }
      lost.kill();
      try (var files = Files.walk(own.resolve("etcd"))) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
      lost.restart();
      assertThatThrownBy(before::revision).hasMessageContaining("restored from a backup");
    }
  }

  @Test
  void progressNotificationsOfFaultyVersionsAreNotTrusted() {
    assertThat(EtcdStore.isSound("3.4.23")).isFalse();
    assertThat(EtcdStore.isSound("3.4.25")).isTrue();
    assertThat(EtcdStore.isSound("3.5.7")).isFalse();
    assertThat(EtcdStore.isSound("3.5.30")).isTrue();
    assertThat(EtcdStore.isSound("3.6.0-rc.1")).isTrue();
    assertThat(EtcdStore.isSound("3.3.27")).isFalse();
    assertThat(EtcdStore.isSound("4.0.0")).isTrue();
    assertThat(EtcdStore.isSound("unknown")).isFalse();
  }
}
