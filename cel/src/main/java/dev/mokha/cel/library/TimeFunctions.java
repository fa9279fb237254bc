package dev.mokha.cel.library;

import dev.mokha.cel.value.Times;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.function.ToLongFunction;

/** The parts of instants and durations. */
final class TimeFunctions {
  private TimeFunctions() {}

  static void addTo(Overloads all) {
    part(all, "getFullYear", ZonedDateTime::getYear);
    part(all, "getMonth", t -> t.getMonthValue() - 1);
    part(all, "getDayOfYear", t -> t.getDayOfYear() - 1);
    part(all, "getDayOfMonth", t -> t.getDayOfMonth() - 1);
    part(all, "getDate", ZonedDateTime::getDayOfMonth);
    part(all, "getDayOfWeek", t -> t.getDayOfWeek().getValue() % 7);
    part(all, "getHours", ZonedDateTime::getHour);
    part(all, "getMinutes", ZonedDateTime::getMinute);
    part(all, "getSeconds", ZonedDateTime::getSecond);
    part(all, "getMilliseconds", t -> t.getNano() / 1_000_000);
    all.add("getHours", a -> ((Duration) a[0]).toHours(), Duration.class);
    all.add("getMinutes", a -> ((Duration) a[0]).toMinutes(), Duration.class);
    all.add("getSeconds", a -> ((Duration) a[0]).toNanos() / 1_000_000_000, Duration.class);
    all.add("getMilliseconds", a -> ((Duration) a[0]).toMillis(), Duration.class);
  }

  private static void part(Overloads all, String name, ToLongFunction<ZonedDateTime> part) {
    all.add(name, a -> part.applyAsLong(((Instant) a[0]).atZone(ZoneOffset.UTC)), Instant.class);
    all.add(
        name,
        a -> part.applyAsLong(((Instant) a[0]).atZone(Times.zone((String) a[1]))),
        Instant.class,
        String.class);
  }
}
