package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.Query;
import dev.mokha.server.storage.ContinueToken;
import dev.mokha.server.storage.Lists;
import dev.mokha.server.storage.ObjectCache;
import dev.mokha.server.storage.ObjectWatch;
import dev.mokha.server.storage.StoredObject;
import dev.mokha.server.storage.Watches;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/** The verbs that change nothing: get, list, watch. */
final class Reader {
  private static final int LARGE_LIST = 1000;

  private final ObjectCache cache;
  private final Lists lists;
  private final Watches watches;

  Reader(ObjectCache cache) {
    this.cache = requireNonNull(cache, "cache");
    this.lists = new Lists(cache);
    this.watches = new Watches(cache);
  }

  /** False when the call can be answered from memory in next to no time. */
  boolean mayBlock(ApiCall call) {
    ServedResource r = call.resource();
    Query query = call.query();
    if (r.storage() == null || !query.get("continue").isEmpty()) {
      return true;
    }
    if ((cache.isShared() && query.get("resourceVersion").isEmpty())
        || (r.isCustom() && r.custom().reader().mayBlock())) {
      return true;
    }
    long revision = ListRules.revision(query.get("resourceVersion"));
    return switch (call.verb()) {
      case "get" -> revision > cache.revision();
      case "list" ->
          revision > cache.revision()
              || (query.get("limit").isEmpty() && lists.size(r.storage()) > LARGE_LIST)
              || !r.storedAsServed();
      case "watch" -> revision > 0 && !watches.inWindow(r.storage(), revision);
      default -> true;
    };
  }

  /**
   * Sees to it that the call finds what was acknowledged before it, by whatever server, unless it
   * says that it takes something older.
   */
  void refresh(ApiCall call) {
    boolean reads =
        switch (call.verb()) {
          case "get", "list", "watch" -> true;
          default -> false;
        };
    Query query = call.query();
    if (!reads || (query.get("resourceVersion").isEmpty() && query.get("continue").isEmpty())) {
      cache.refresh();
    }
  }

  Answer get(ApiCall call) {
    fresh(call.query());
    return new Answer.One(200, call.resource(), stored(call.resource(), call));
  }

  StoredObject stored(ServedResource r, ApiCall call) {
    StoredObject found = lists.get(r.storage(), call.namespace(), call.name());
    if (found == null) {
      throw StatusException.notFound(r.group(), r.resource(), call.name());
    }
    return found;
  }

  Answer list(ApiCall call) {
    Query query = call.query();
    Selection selection = Selection.of(call);
    int limit = (int) ListRules.number(query, "limit");
    String version = query.get("resourceVersion");
    ListRules.checkList(query);
    Lists.Page page;
    if (!query.get("continue").isEmpty()) {
      ContinueToken token = ContinueToken.decode(query.get("continue"));
      if (!version.isEmpty() && !version.equals("0")) {
        throw StatusException.badRequest(
            "specifying resource version is not allowed when using continue");
      }
      page =
          lists.next(call.resource().storage(), selection.scope(), selection.test(), token, limit);
    } else if (query.get("resourceVersionMatch").equals("Exact")) {
      fresh(query);
      page =
          lists.next(
              call.resource().storage(),
              selection.scope(),
              selection.test(),
              new ContinueToken(ListRules.revision(version), ""),
              limit);
    } else {
      fresh(query);
      page = lists.first(call.resource().storage(), selection.scope(), selection.test(), limit);
    }
    String next =
        page.next().isEmpty() ? "" : new ContinueToken(page.revision(), page.next()).encode();
    if (call.resource().isCustom()) {
      call.resource().custom().reader().prepare(page.items());
    }
    return new Answer.Many(call.resource(), page, next);
  }

  Answer watch(ApiCall call) {
    Query query = call.query();
    Selection selection = Selection.of(call);
    Predicate<StoredObject> test = selection.ofWatch();
    String version = query.get("resourceVersion");
    boolean sendInitial = query.get("sendInitialEvents").equals("true");
    boolean bookmarks = query.isTrue("allowWatchBookmarks");
    ListRules.checkWatch(query);
    long revision = ListRules.revision(version);
    ObjectWatch watch;
    if (sendInitial) {
      if (revision > 0) {
        cache.awaitSeen(revision);
      }
      watch = watches.fromState(call.resource().storage(), selection.scope(), test);
    } else if (query.get("sendInitialEvents").equals("false") && revision == 0) {
      watch = watches.fromNow(call.resource().storage(), test);
    } else if (revision == 0) {
      watch = watches.fromState(call.resource().storage(), selection.scope(), test);
    } else {
      watch = watches.since(call.resource().storage(), revision, test);
    }
    long seconds = ListRules.number(query, "timeoutSeconds");
    // Upstream spreads the ends of watches the same way, lest all clients come back at once.
    Duration timeout =
        Duration.ofSeconds(
            seconds > 0 ? seconds : ThreadLocalRandom.current().nextLong(1800, 3600));
    return new Answer.Events(call.resource(), watch, bookmarks, sendInitial && bookmarks, timeout);
  }

  private void fresh(Query query) {
    long revision = ListRules.revision(query.get("resourceVersion"));
    if (revision > cache.revision()) {
      cache.awaitSeen(revision);
    }
  }
}
