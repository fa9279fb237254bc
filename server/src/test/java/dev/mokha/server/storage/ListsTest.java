package dev.mokha.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.server.storage.Lists.Page;
import dev.mokha.server.storage.Lists.Scope;
import dev.mokha.server.storage.ObjectStorage.Create;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class ListsTest {
  private static final StorageResource MAPS =
      new StorageResource("", "configmaps", true, new GroupVersionKind("", "v1", "ConfigMap"));

  private final Store store = MemoryStore.create();
  private ObjectCache cache;
  private ObjectStorage storage;
  private Lists lists;

  @BeforeEach
  void start() {
    cache = new ObjectCache(store, List.of(MAPS));
    cache.start();
    storage = new ObjectStorage(cache);
    lists = new Lists(cache);
    for (String name : List.of("a", "b", "d")) {
      create(name);
    }
  }

  @AfterEach
  void stop() {
    cache.close();
    store.close();
  }

  private void create(String name) {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.putObject("metadata").put("namespace", "n").put("name", name);
    storage.commit(new Create(MAPS, "n/" + name, tree));
  }

  private static List<String> keys(Page page) {
    return page.items().stream().map(StoredObject::key).toList();
  }

  @Test
  void thePagesOfAListAreOfOneMomentUntilItsHistoryIsForgotten() {
    Page first = lists.first(MAPS, Scope.ALL, null, 1);
    ContinueToken token = new ContinueToken(first.revision(), first.next());
    create("c");

    Page rest = lists.next(MAPS, Scope.ALL, null, token, 0);
    assertThat(keys(rest)).containsExactly("n/b", "n/d");
    assertThat(rest.revision()).isEqualTo(first.revision());

    cache.forgetHistory(first.revision() + 1);
    StatusException expired =
        catchThrowableOfType(
            StatusException.class, () -> lists.next(MAPS, Scope.ALL, null, token, 0));
    assertThat(expired.code()).isEqualTo(410);
    assertThat(expired.isExpired()).isTrue();
    String given = expired.toStatus().path("metadata").path("continue").asString("");

    Page now = lists.next(MAPS, Scope.ALL, null, ContinueToken.decode(given), 1);
    assertThat(keys(now)).containsExactly("n/b");
    assertThat(now.revision()).isGreaterThan(first.revision());
    Page last = lists.next(MAPS, Scope.ALL, null, new ContinueToken(now.revision(), now.next()), 0);
    assertThat(keys(last)).containsExactly("n/c", "n/d");
  }

  @Test
  void aListOfAForgottenRevisionCantBeHad() {
    long then = cache.revision();
    create("c");
    assertThat(keys(lists.next(MAPS, Scope.ALL, null, new ContinueToken(then, ""), 0)))
        .containsExactly("n/a", "n/b", "n/d");

    cache.forgetHistory(then + 1);
    StatusException expired =
        catchThrowableOfType(
            StatusException.class,
            () -> lists.next(MAPS, Scope.ALL, null, new ContinueToken(then, ""), 0));
    assertThat(expired.getMessage())
        .isEqualTo("The resourceVersion for the provided list is too old.");
    assertThat(expired.toStatus().path("metadata").has("continue")).isFalse();
  }
}
