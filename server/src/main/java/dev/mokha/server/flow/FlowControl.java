package dev.mokha.server.flow;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.MetricSource;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.pipeline.Query;
import dev.mokha.server.pipeline.RequestTarget;
import dev.mokha.server.storage.ObjectCache;
import dev.mokha.server.storage.ResourceCache;
import dev.mokha.server.storage.StorageResource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToDoubleFunction;

/**
 * Priority and fairness of one server.
 *
 * <p>{@link #classify} finds a request's FlowSchema and level; the {@link Ticket} it gives asks for
 * the seats. Both run on an event loop: with a free seat they cost well under a microsecond and
 * take no lock. The configuration is what is stored: a change holds for the next request.
 *
 * <pre>{@code
 * Ticket ticket = flow.classify(user, "list", target);
 * boolean now = ticket.enter(flow.seats("list", query, ticket, pods), waiter);
 * }</pre>
 */
public final class FlowControl implements MetricSource {
  /** Requests that one server handles at once, upstream's default (400 reads and 200 writes). */
  public static final int DEFAULT_SEATS = 600;

  private static final String PREFIX = "apiserver_flowcontrol_";
  private static final String CATCH_ALL = "catch-all";
  private static final int OBJECTS_PER_SEAT = 100;
  private static final int MOST_SEATS = 10;
  private static final double MOST_OF_LEVEL = 0.15;
  private static final long LENDING_PAUSE_NANOS = 50_000_000;
  private static final double NEED_LASTS_SECONDS = 30;

  private final ObjectCache cache;
  private final ResourceCache schemas;
  private final ResourceCache levels;
  private final StorageResource schemaResource;
  private final StorageResource levelResource;
  private final int total;
  private final ReentrantLock changing = new ReentrantLock();
  private final ReentrantLock lending = new ReentrantLock();
  private final AtomicLong lentAt = new AtomicLong(System.nanoTime() - LENDING_PAUSE_NANOS);
  private final Map<String, Double> needs = new HashMap<>();
  private final Map<String, FlowFigures> figures = new ConcurrentSkipListMap<>();
  private volatile Active active = new Active(-1, -1, List.of(), Map.of());

  /** The configuration in force, and what it was made of. */
  private record Active(
      long schemasChanged,
      long levelsChanged,
      List<FlowSchema> schemas,
      Map<String, PriorityLevel> levels) {}

  /**
   * Priority and fairness by the objects of a cache.
   *
   * @param schemas where FlowSchemas are stored
   * @param levels where PriorityLevelConfigurations are stored
   * @param seats how many requests the server handles at once, over all levels
   */
  public FlowControl(
      ObjectCache cache, StorageResource schemas, StorageResource levels, int seats) {
    this.cache = requireNonNull(cache, "cache");
    this.schemaResource = requireNonNull(schemas, "schemas");
    this.levelResource = requireNonNull(levels, "levels");
    this.schemas = cache.of(schemas);
    this.levels = cache.of(levels);
    this.total = seats;
  }

  /** The place of a request. */
  public Ticket classify(UserInfo user, String verb, RequestTarget target) {
    Active now = active();
    FlowSchema found = null;
    for (FlowSchema s : now.schemas) {
      if (s.matches(user, verb, target)) {
        found = s;
        break;
      }
      if (s.name().equals(CATCH_ALL)) {
        found = s; // It is the last; whoever not even it matches is treated as if.
      }
    }
    return new Ticket(
        requireNonNull(found, "the catch-all schema is always there"),
        now.levels.get(found.levelName()),
        found.distinguisher(user, target));
  }

  /**
   * How many seats a request takes: lists by the objects they may have to go through, all else one.
   *
   * @param resource what is listed; null when that is not stored
   */
  public int seats(String verb, Query query, Ticket ticket, StorageResource resource) {
    if (!verb.equals("list") || resource == null) {
      return 1;
    }
    int objects = cache.of(resource).size();
    if (objects <= OBJECTS_PER_SEAT) {
      return 1;
    }
    String limit = query.get("limit");
    boolean all = !query.get("labelSelector").isEmpty() || !query.get("fieldSelector").isEmpty();
    if (!limit.isEmpty() && !all) {
      objects = Math.min(objects, positive(limit, objects));
    }
    int nominal =
        active.levels.get(ticket.levelName()) instanceof PriorityLevel p ? p.nominal() : 0;
    int most = Math.clamp((long) Math.ceil(nominal * MOST_OF_LEVEL), 1, MOST_SEATS);
    return Math.clamp((objects + OBJECTS_PER_SEAT - 1) / OBJECTS_PER_SEAT, 1, most);
  }

  private static int positive(String number, int otherwise) {
    try {
      int n = Integer.parseInt(number);
      return n > 0 ? n : otherwise;
    } catch (NumberFormatException e) {
      return otherwise; // Whoever handles the request will say so.
    }
  }

  private Active active() {
    Active now = active;
    if (now.schemasChanged == schemas.lastChange() && now.levelsChanged == levels.lastChange()) {
      return now;
    }
    changing.lock();
    try {
      now = active;
      long schemasChanged = schemas.lastChange();
      long levelsChanged = levels.lastChange();
      if (now.schemasChanged != schemasChanged || now.levelsChanged != levelsChanged) {
        now = configure(now, schemasChanged, levelsChanged);
      }
      return now;
    } finally {
      changing.unlock();
    }
  }

  private Active configure(Active before, long schemasChanged, long levelsChanged) {
    FlowConfig config =
        FlowConfig.of(
            cache.list(schemaResource.group(), schemaResource.resource(), ""),
            cache.list(levelResource.group(), levelResource.resource(), ""),
            (schema, level) ->
                figures.computeIfAbsent(
                    schema + "\0" + level, k -> new FlowFigures(schema, level)));
    Map<String, PriorityLevel.Spec> specs = new TreeMap<>();
    config.levels().forEach((n, o) -> specs.put(n, PriorityLevel.Spec.of(o.path("spec"))));
    long shares = specs.values().stream().mapToLong(PriorityLevel.Spec::shares).sum();
    Map<String, PriorityLevel> next = new TreeMap<>();
    specs.forEach(
        (name, spec) -> {
          PriorityLevel level = before.levels.get(name);
          if (level == null) {
            level = new PriorityLevel(name, spec, this::pressed);
          }
          String uid = config.levels().get(name).path("metadata").path("uid").asString("");
          level.configure(uid, spec, SeatLending.nominal(spec.shares(), shares, total));
          next.put(name, level);
        });
    // A level that is gone serves whoever it has already; nobody new comes to it.
    Active now = new Active(schemasChanged, levelsChanged, config.schemas(), next);
    active = now;
    lend(System.nanoTime());
    return now;
  }

  /** A level's seats are all taken: perhaps others have some to lend. */
  private void pressed() {
    long now = System.nanoTime();
    long last = lentAt.get();
    if (now - last >= LENDING_PAUSE_NANOS && lentAt.compareAndSet(last, now)) {
      lend(now);
    }
  }

  private void lend(long now) {
    if (!lending.tryLock()) {
      return; // Someone is at it.
    }
    try {
      double seconds = Math.max(0, now - lentAt.get()) / 1e9;
      lentAt.set(now);
      share(Math.exp(-seconds / NEED_LASTS_SECONDS));
    } finally {
      lending.unlock();
    }
  }

  private void share(double kept) {
    List<PriorityLevel> limited = new ArrayList<>();
    List<SeatLending.Claim> claims = new ArrayList<>();
    int seats = 0;
    int minimum = 0;
    double exempt = 0;
    needs.keySet().retainAll(active.levels.keySet());
    for (PriorityLevel level : active.levels.values()) {
      int now = level.needSinceLastAsked();
      double before = needs.getOrDefault(level.name(), 0.0);
      double need = Math.max(now, kept * before + (1 - kept) * now);
      needs.put(level.name(), need);
      int nominal = level.nominal();
      seats += nominal;
      if (level.spec().exempt()) {
        exempt += need;
        level.limit((int) Math.ceil(need));
        continue;
      }
      int min = SeatLending.min(nominal, level.spec().lendablePercent());
      minimum += min;
      limited.add(level);
      claims.add(
          new SeatLending.Claim(
              min, SeatLending.max(nominal, level.spec().borrowingPercent(), total), need));
    }
    int rest = Math.max(minimum, seats - (int) exempt);
    int[] limits = SeatLending.share(claims, rest);
    for (int i = 0; i < limits.length; i++) {
      limited.get(i).limit(limits[i]);
    }
  }

  @Override
  public void write(Exposition out) {
    Map<String, PriorityLevel> all = active().levels;
    FlowFigures.write(out, figures.values());
    gauge(out, all, "nominal_limit_seats", "Seats by the shares alone.", PriorityLevel::nominal);
    gauge(
        out,
        all,
        "lower_limit_seats",
        "Seats that are never lent.",
        l -> SeatLending.min(l.nominal(), l.spec().lendablePercent()));
    gauge(
        out,
        all,
        "upper_limit_seats",
        "Own seats and those that may be borrowed.",
        l ->
            l.spec().exempt()
                ? total
                : SeatLending.max(l.nominal(), l.spec().borrowingPercent(), total));
    gauge(out, all, "current_limit_seats", "Seats after lending.", PriorityLevel::limit);
    Map<String, Double> need = new HashMap<>();
    lending.lock();
    try {
      need.putAll(needs);
    } finally {
      lending.unlock();
    }
    gauge(
        out,
        all,
        "demand_seats_smoothed",
        "What a level needed of late, in seats.",
        l -> need.getOrDefault(l.name(), 0.0));
  }

  private static void gauge(
      Exposition out,
      Map<String, PriorityLevel> levels,
      String name,
      String help,
      ToDoubleFunction<PriorityLevel> value) {
    out.gauge(PREFIX + name, help);
    levels.forEach(
        (n, l) ->
            out.value(
                PREFIX + name, Exposition.label("priority_level", n), value.applyAsDouble(l)));
  }

  /** How many requests wait now, over all levels. */
  public int waiting() {
    return active.levels.values().stream().mapToInt(PriorityLevel::waiting).sum();
  }

  /** The levels by name, for {@link FlowDump}. */
  Map<String, PriorityLevel> levels() {
    return active().levels;
  }

  /** The counters of all schemas, for {@link FlowDump}. */
  Map<String, FlowFigures> figures() {
    return figures;
  }
}
