package dev.mokha.bench;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** What a command found: its settings, durations and single values, as a table or as JSON. */
final class Report {
  private final String command;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final Map<String, Summary> durations = new LinkedHashMap<>();
  private final Map<String, Value> values = new LinkedHashMap<>();

  /**
   * One number.
   *
   * @param number how much
   * @param unit of what, such as {@code ms} or {@code /s}; empty for a plain count
   */
  record Value(double number, String unit) {}

  Report(String command) {
    this.command = requireNonNull(command, "command");
  }

  /** Notes under what setting it was measured. */
  Report setting(String name, Object value) {
    settings.put(name, value.toString());
    return this;
  }

  /** Adds durations, unless there are none. */
  Report durations(String name, List<Long> nanos) {
    if (!nanos.isEmpty()) {
      durations.put(name, Summary.ofNanos(nanos));
    }
    return this;
  }

  /** Adds durations; there must be one at least. */
  Report durations(String name, long[] nanos) {
    durations.put(name, Summary.ofNanos(nanos));
    return this;
  }

  /** Adds one number. */
  Report value(String name, double number, String unit) {
    values.put(name, new Value(number, unit));
    return this;
  }

  /** Writes it, as JSON on one line or as a table. */
  void print(PrintWriter out, boolean json) {
    if (json) {
      out.println(Json.text(toTree()));
    } else {
      out.print(toTable());
    }
    out.flush();
  }

  /** The JSON form; durations are in milliseconds. */
  ObjectNode toTree() {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    tree.put("command", command);
    tree.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    ObjectNode with = tree.putObject("settings");
    settings.forEach(with::put);
    ObjectNode times = tree.putObject("durations");
    durations.forEach(
        (name, s) ->
            times
                .putObject(name)
                .put("count", s.count())
                .put("p50Millis", s.p50())
                .put("p99Millis", s.p99())
                .put("maxMillis", s.max()));
    ObjectNode numbers = tree.putObject("values");
    values.forEach(
        (name, v) -> numbers.putObject(name).put("number", v.number()).put("unit", v.unit()));
    return tree;
  }

  /** The form for people. */
  String toTable() {
    StringBuilder text = new StringBuilder(command);
    settings.forEach((name, value) -> text.append("  ").append(name).append('=').append(value));
    text.append('\n');
    List<String[]> lines = new ArrayList<>();
    if (!durations.isEmpty()) {
      lines.add(new String[] {"", "count", "p50 ms", "p99 ms", "max ms"});
    }
    durations.forEach(
        (name, s) ->
            lines.add(
                new String[] {
                  name,
                  Integer.toString(s.count()),
                  number(s.p50()),
                  number(s.p99()),
                  number(s.max())
                }));
    values.forEach(
        (name, v) -> lines.add(new String[] {name, (number(v.number()) + " " + v.unit()).strip()}));
    int first = lines.stream().mapToInt(l -> l[0].length()).max().orElse(0);
    for (String[] line : lines) {
      StringBuilder row = new StringBuilder(pad(line[0], first));
      for (int i = 1; i < line.length; i++) {
        String cell = line[i];
        row.append("  ").append(line.length == 2 ? cell : " ".repeat(gap(cell)) + cell);
      }
      text.append(row.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static int gap(String cell) {
    return Math.max(0, 9 - cell.length());
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(width - text.length());
  }

  /** Three digits that matter: 1234, 123, 12.3, 1.23, 0.123. */
  static String number(double n) {
    if (n == Math.rint(n) || Math.abs(n) >= 100) {
      return String.format(Locale.ROOT, "%,.0f", n);
    }
    int decimals = Math.abs(n) >= 10 ? 1 : Math.abs(n) >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + decimals + "f", n);
  }
}
