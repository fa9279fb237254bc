package dev.mokha.store.rocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.store.Entry;
import dev.mokha.store.RecordingListener;
import dev.mokha.store.RecordingListener.Changed;
import dev.mokha.store.RecordingListener.Compacted;
import dev.mokha.store.Store;
import dev.mokha.store.StoreContract;
import dev.mokha.store.StoreException;
import dev.mokha.store.Subscription;
import dev.mokha.store.Transaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RocksStoreTest extends StoreContract {
  @TempDir private Path directory;

  @Override
  protected Store open() {
    return RocksStore.open(directory);
  }

  private void reopen() {
    store.close();
    store = open();
  }

  @Test
  void aWatchGoesOnAcrossARestart() throws Exception {
    long first = store.commit(Transaction.create("/a", bytes("1"))).revision();
    store.commit(Transaction.update("/a", first, bytes("2")));
    store.commit(Transaction.create("/b", bytes("1")));
    store.compact(1);
    reopen();
    assertThat(store.revision()).isEqualTo(3);
    assertThat(store.compactedRevision()).isEqualTo(1);
    Entry entry = store.get("/a").orElseThrow();
    assertThat(entry.value()).isEqualTo(bytes("2"));
    assertThat(entry.createRevision()).isEqualTo(1);
    assertThat(entry.modRevision()).isEqualTo(2);
    RecordingListener heard = new RecordingListener();
    try (Subscription watch = store.watch("/a", 1, heard)) {
      store.commit(Transaction.delete("/a", 2));
      List<Changed> changes = heard.until(4);
      assertThat(changes).extracting(Changed::revision).containsExactly(2L, 3L, 4L);
      assertThat(changes.get(0).events().getFirst().previous()).isEqualTo(bytes("1"));
      assertThat(changes.get(1).events()).isEmpty();
      assertThat(changes.get(2).events().getFirst().previous()).isEqualTo(bytes("2"));
    }
    RecordingListener late = new RecordingListener();
    try (Subscription watch = store.watch("/a", 0, late)) {
      assertThat(late.next()).isEqualTo(new Compacted(1));
    }
  }

  @Test
  void aKeyRemovedBeforeTheCompactionStaysAway() {
    store.commit(Transaction.create("/a", bytes("1")));
    store.compact(1);
    store.commit(Transaction.delete("/a", 1));
    store.commit(Transaction.create("/b", bytes("1")));
    store.compact(3);
    reopen();
    assertThat(store.list("").entries()).extracting(Entry::key).containsExactly("/b");
    assertThat(store.revision()).isEqualTo(3);
  }

  @Test
  void aLongHistoryIsFoldedInSteps() {
    for (int i = 0; i < 12; i++) {
      store.commit(Transaction.create("/big/" + i, new byte[1 << 20]));
    }
    store.compact(11);
    reopen();
    assertThat(store.compactedRevision()).isEqualTo(11);
    assertThat(store.list("/big/").entries()).hasSize(12);
  }

  @Test
  void aSecondUserIsRefused() {
    assertThatThrownBy(() -> RocksStore.open(directory))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("another mokha (pid " + ProcessHandle.current().pid() + ")")
        .hasMessageContaining(directory.toString());
  }

  @Test
  void aNewerFormatIsRefused() throws IOException {
    store.close();
    assertThat(directory.resolve("FORMAT")).hasContent("1");
    Files.writeString(directory.resolve("FORMAT"), "2\n");
    assertThatThrownBy(this::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("newer mokha (format 2, this one knows 1)");
    Files.writeString(directory.resolve("FORMAT"), "1\n");
    reopen();
  }

  @Test
  void dataWithoutAFormatIsRefused() throws IOException {
    store.close();
    Files.delete(directory.resolve("FORMAT"));
    assertThatThrownBy(this::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("no file FORMAT");
    Files.writeString(directory.resolve("FORMAT"), "one\n");
    assertThatThrownBy(this::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("instead of a format number");
    Files.writeString(directory.resolve("FORMAT"), "1\n");
    reopen();
  }

  @Test
  void damageIsHeardOf() throws IOException {
    for (int i = 0; i < 20; i++) {
      store.commit(Transaction.create("/k/" + i, new byte[1 << 20]));
    }
    store.close();
    Path table;
    try (var files = Files.list(directory.resolve("db"))) {
      table = files.filter(f -> f.toString().endsWith(".sst")).findFirst().orElseThrow();
    }
    byte[] content = Files.readAllBytes(table);
    byte[] kept = content.clone();
    for (int i = 0; i < content.length - 4096; i += 512) {
      content[i] ^= 0x55;
    }
    Files.write(table, content);
    assertThatThrownBy(this::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(directory.toString());
    Files.write(table, kept);
    reopen();
    assertThat(store.list("/k/").entries()).hasSize(20);
  }

  @Test
  void theLibraryIsUnpackedOnce() throws IOException {
    try (var files = Files.list(directory.resolve("native"))) {
      // Only the first store of a process loads it.
      assertThat(files.count()).isLessThanOrEqualTo(1);
    } catch (java.nio.file.NoSuchFileException e) {
      assertThat(directory.resolve("db")).isDirectory();
    }
  }
}
