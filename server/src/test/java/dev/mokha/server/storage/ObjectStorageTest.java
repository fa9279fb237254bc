package dev.mokha.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.server.storage.ObjectStorage.Create;
import dev.mokha.server.storage.ObjectStorage.WriteConflict;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class ObjectStorageTest {
  private static final StorageResource MAPS =
      new StorageResource("", "configmaps", true, new GroupVersionKind("", "v1", "ConfigMap"));
  private static final StorageResource EVENTS =
      new StorageResource("", "events", true, new GroupVersionKind("", "v1", "Event"));

  private final Store store = MemoryStore.create();
  private ObjectCache cache;
  private ObjectStorage storage;

  @BeforeEach
  void start() {
    cache = new ObjectCache(store, List.of(MAPS, EVENTS));
    cache.start();
    storage = new ObjectStorage(cache);
  }

  @AfterEach
  void stop() {
    cache.close();
    store.close();
  }

  private static ObjectNode tree(String name, String value) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.putObject("data").put("k", value);
    tree.putObject("metadata").put("namespace", "n").put("name", name);
    return tree;
  }

  private StoredObject create(String name, String value) {
    return storage.commit(new Create(MAPS, "n/" + name, tree(name, value)));
  }

  private static List<String> drain(ObjectWatch watch) {
    List<String> heard = new ArrayList<>();
    for (WatchedEvent e = watch.poll(); e != null; e = watch.poll()) {
      heard.add(e.type() + " " + e.object().object().name() + "@" + e.object().revision());
    }
    return heard;
  }

  @Test
  void aWriterReadsItsWriteAndARestartReadsItAgain() {
    StoredObject a = create("a", "1");
    assertThat(cache.find(MAPS, "n/a")).isSameAs(a);
    assertThat(a.object().toTree().path("metadata").path("resourceVersion").asString())
        .isEqualTo(Long.toString(a.revision()));

    ObjectCache again = new ObjectCache(store, List.of(MAPS, EVENTS));
    again.start();
    assertThat(again.find(MAPS, "n/a").object().json()).isEqualTo(a.object().json());
    again.close();
  }

  @Test
  void anOldStateCannotBeChanged() {
    StoredObject first = create("a", "1");
    StoredObject second = storage.update(MAPS, first, tree("a", "2"));

    assertThat(second.revision()).isGreaterThan(first.revision());
    assertThatThrownBy(() -> storage.update(MAPS, first, tree("a", "3")))
        .isInstanceOf(WriteConflict.class);
    assertThatThrownBy(() -> create("a", "1")).isInstanceOf(WriteConflict.class);
  }

  @Test
  void anUpdateThatChangesNothingWritesNothing() {
    StoredObject first = create("a", "1");

    assertThat(storage.update(MAPS, first, first.object().toTree())).isSameAs(first);
    assertThat(store.revision()).isEqualTo(first.revision());
  }

  @Test
  void aWatchSeesObjectsComeIntoItsSelectionAndLeaveIt() {
    StoredObject a = create("a", "no");
    ObjectWatch watch =
        new Watches(cache)
            .since(
                MAPS,
                a.revision(),
                o -> o.object().toTree().path("data").path("k").asString().equals("yes"));
    StoredObject b = storage.update(MAPS, a, tree("a", "yes"));
    StoredObject c = storage.update(MAPS, b, tree("a", "no"));

    assertThat(drain(watch))
        .containsExactly("ADDED a@" + b.revision(), "DELETED a@" + c.revision());
    assertThat(watch.progress()).isEqualTo(c.revision());
  }

  @Test
  void aWatchFromBeforeARestartReadsTheStoresHistory() {
    StoredObject a = create("a", "1");
    StoredObject b = create("b", "1");
    storage.delete(MAPS, a);
    ObjectCache again = new ObjectCache(store, List.of(MAPS, EVENTS));
    again.start();

    ObjectWatch watch = new Watches(again).since(MAPS, a.revision(), o -> true);

    assertThat(drain(watch))
        .containsExactly("ADDED b@" + b.revision(), "DELETED a@" + (b.revision() + 1));
    again.close();
  }

  @Test
  void aWatchFromForgottenHistoryIsExpired() {
    StoredObject a = create("a", "1");
    create("b", "1");
    StoredObject c = create("c", "1");
    store.compact(c.revision());
    ObjectCache again = new ObjectCache(store, List.of(MAPS, EVENTS));
    again.start();

    assertThatThrownBy(() -> new Watches(again).since(MAPS, a.revision(), o -> true))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.isExpired()).isTrue());
    again.close();
  }

  @Test
  void aWatcherThatFallsBehindIsTold() {
    ObjectWatch slow = new Watches(cache).fromNow(MAPS, o -> true);
    StoredObject a = create("a", "0");
    for (int i = 1; i <= ResourceCache.WINDOW_CHANGES + 1; i++) {
      a = storage.update(MAPS, a, tree("a", Integer.toString(i)));
    }

    assertThat(slow.fellBehind()).isTrue();
  }

  @Test
  void oldEventsAreForgottenAndYoungOnesAreNot() {
    Instant now = Instant.parse("2026-01-01T12:00:00Z");
    for (String at : List.of("2026-01-01T10:00:00Z", "2026-01-01T11:30:00Z")) {
      ObjectNode event = tree("e" + at.substring(11, 13), "x");
      event.put("lastTimestamp", at);
      storage.commit(new Create(EVENTS, "n/e" + at.substring(11, 13), event));
    }
    try (Housekeeping house =
        new Housekeeping(
            storage,
            EVENTS,
            Duration.ofHours(1),
            Duration.ofMinutes(5),
            InstantSource.fixed(now))) {
      house.tidy(now);
    }

    assertThat(cache.list("", "events", "n")).extracting(o -> o.name()).containsExactly("e11");
  }
}
