package dev.mokha.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.store.RecordingListener.Changed;
import dev.mokha.store.Transaction.Compare;
import dev.mokha.store.Transaction.Delete;
import dev.mokha.store.Transaction.Operation;
import dev.mokha.store.Transaction.Put;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;

/** Random histories, and a model that is too simple to be wrong. */
abstract class HistoryModel {
  private static final List<String> KEYS = List.of("/a", "/a/1", "/a/2", "/b", "/b/é", "/c");

  /** What can happen. */
  sealed interface Action {}

  record Commit(Map<String, Boolean> puts, Map<String, Boolean> compares) implements Action {}

  record Compact(int back) implements Action {}

  record Reopen() implements Action {}

  record Watch(String prefix, int back) implements Action {}

  private record Watching(String prefix, long after, RecordingListener heard, Subscription end) {}

  @FunctionalInterface
  interface Opener {
    Store open() throws Exception;
  }

  /** Everything that ever happened, and what is. */
  private static final class Model {
    final List<List<WatchEvent>> history = new ArrayList<>();
    final TreeMap<String, Entry> entries = new TreeMap<>();

    /** The revision of the empty store: etcd does not begin with 0. */
    final long base;

    long compacted;

    Model(long base) {
      this.base = base;
      this.compacted = base;
    }

    long revision() {
      return base + history.size();
    }

    boolean commit(Transaction transaction) {
      for (Compare compare : transaction.compares()) {
        Entry now = entries.get(compare.key());
        if ((now == null ? 0 : now.modRevision()) != compare.modRevision()) {
          return false;
        }
      }
      long next = revision() + 1;
      List<WatchEvent> events = new ArrayList<>();
      for (Operation operation : transaction.operations()) {
        String key = operation.key();
        Entry old = entries.get(key);
        byte[] value = operation instanceof Put put ? put.value() : null;
        if (value == null && old == null) {
          continue;
        }
        long created = old == null ? next : old.createRevision();
        events.add(
            new WatchEvent(
                key,
                value,
                old == null ? null : old.value(),
                next,
                old == null ? 0 : old.modRevision(),
                created));
        if (value == null) {
          entries.remove(key);
        } else {
          entries.put(key, new Entry(key, value, created, next));
        }
      }
      if (!events.isEmpty()) {
        history.add(events);
      }
      return true;
    }
  }

  @Provide
  Arbitrary<List<Action>> histories() {
    Arbitrary<String> key = Arbitraries.of(KEYS);
    Arbitrary<Boolean> mostly = Arbitraries.of(true, true, true, false);
    Arbitrary<Action> commit =
        Combinators.combine(
                Arbitraries.maps(key, Arbitraries.of(true, true, false)).ofMaxSize(3),
                Arbitraries.maps(key, mostly).ofMaxSize(2))
            .as(Commit::new);
    Arbitrary<Action> compact = Arbitraries.integers().between(0, 6).map(Compact::new);
    Arbitrary<Action> watch =
        Combinators.combine(
                Arbitraries.of("", "/a", "/a/", "/c", "/none"),
                Arbitraries.integers().between(-2, 8))
            .as(Watch::new);
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(20, commit),
            net.jqwik.api.Tuple.of(2, compact),
            net.jqwik.api.Tuple.of(1, Arbitraries.just((Action) new Reopen())),
            net.jqwik.api.Tuple.of(3, watch))
        .list()
        .ofMinSize(1)
        .ofMaxSize(60);
  }

  static void play(List<Action> actions, Opener opener) throws Exception {
    List<Watching> watches = new ArrayList<>();
    Store store = opener.open();
    Model model = new Model(store.revision());
    int n = 0;
    try {
      for (Action action : actions) {
        switch (action) {
          case Commit commit -> {
            Transaction transaction = transaction(commit, model, n++);
            boolean accepted;
            try {
              long revision = store.commit(transaction).revision();
              accepted = true;
              model.commit(transaction);
              assertThat(revision).isEqualTo(model.revision());
            } catch (CompareFailedException e) {
              accepted = false;
            }
            assertThat(model.commit(new Transaction(transaction.compares(), List.of())) || accepted)
                .isEqualTo(accepted);
          }
          case Compact(int back) -> {
            long to = Math.max(model.base, model.revision() - back);
            // Watches that it would overtake are checked first.
            check(model, watches);
            store.compact(to);
            model.compacted = Math.max(model.compacted, to);
            assertThat(Math.max(model.base, store.compactedRevision())).isEqualTo(model.compacted);
          }
          case Reopen() -> {
            check(model, watches);
            watches.clear();
            store.close();
            store = opener.open();
          }
          case Watch(String prefix, int back) -> {
            long after = Math.max(model.compacted, model.revision() - back);
            RecordingListener heard = new RecordingListener();
            watches.add(new Watching(prefix, after, heard, store.watch(prefix, after, heard)));
          }
        }
        compare(store, model);
      }
      check(model, watches);
    } finally {
      store.close();
    }
  }

  private static Transaction transaction(Commit commit, Model model, int n) {
    List<Compare> compares = new ArrayList<>();
    commit
        .compares()
        .forEach(
            (key, right) -> {
              Entry now = model.entries.get(key);
              compares.add(
                  new Compare(key, (now == null ? 0 : now.modRevision()) + (right ? 0 : 1)));
            });
    List<Operation> operations = new ArrayList<>();
    commit
        .puts()
        .forEach(
            (key, put) ->
                operations.add(
                    put ? new Put(key, StoreContract.bytes("value " + n)) : new Delete(key)));
    return new Transaction(compares, operations);
  }

  private static void compare(Store store, Model model) {
    assertThat(store.revision()).isEqualTo(model.revision());
    for (String prefix : List.of("", "/a", "/a/", "/b/", "/none")) {
      Snapshot snapshot = store.list(prefix);
      assertThat(describe(snapshot.entries()))
          .isEqualTo(
              describe(
                  model.entries.values().stream()
                      .filter(e -> e.key().startsWith(prefix))
                      .toList()));
    }
    for (String key : KEYS) {
      assertThat(store.get(key).map(Entry::modRevision).orElse(0L))
          .isEqualTo(model.entries.containsKey(key) ? model.entries.get(key).modRevision() : 0L);
    }
  }

  private static Map<String, String> describe(List<Entry> entries) {
    Map<String, String> text = new LinkedHashMap<>();
    for (Entry e : entries) {
      text.put(
          e.key(),
          e.createRevision()
              + " "
              + e.modRevision()
              + " "
              + new String(e.value(), java.nio.charset.StandardCharsets.UTF_8));
    }
    return text;
  }

  /** Ends the watches and compares what each has heard with the whole history. */
  private static void check(Model model, List<Watching> watches) throws InterruptedException {
    for (Watching w : watches) {
      if (w.after() < model.revision()) {
        List<Changed> heard = w.heard().until(model.revision());
        long expected = w.after();
        for (Changed changed : heard) {
          assertThat(changed.revision()).isEqualTo(++expected);
          assertThat(changed.events())
              .usingRecursiveFieldByFieldElementComparator()
              .isEqualTo(
                  model.history.get((int) (expected - model.base) - 1).stream()
                      .filter(e -> e.key().startsWith(w.prefix()))
                      .toList());
        }
      }
      w.end().close();
      assertThat(w.heard().isQuiet()).isTrue();
    }
    watches.clear();
  }
}
