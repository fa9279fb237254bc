package dev.mokha.docker.images;

import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.JsonLines;
import dev.mokha.engine.images.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Progress as lines of JSON in Docker's words (Docker API 1.50, JSONMessage): one line for each
 * change of an item, and no more than ten a second while bytes flow.
 *
 * <p>The first line is sent with the first piece of progress, so that a request that fails before
 * still gets a status of its own.
 */
final class ProgressLines implements Progress {
  private static final long INTERVAL_NANOS = 100_000_000;
  private static final String PRESENT = "Already exists";
  private static final int BAR = 50;
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

  private final JsonLines lines;
  private final Map<String, String> words;
  private final String first;
  private final ObjectNode opening;
  private final Map<String, String> last = new HashMap<>();
  private final Map<String, Long> sent = new HashMap<>();
  private final List<String> held = new ArrayList<>();
  private final boolean quietWhenPresent;
  private boolean opened;

  /**
   * Words for each action that the engine tells; those that are missing are not told.
   *
   * @param first what is said of an item before anything else; empty for nothing
   * @param opening the line before all others; null for none
   */
  private ProgressLines(
      JsonLines lines, Map<String, String> words, String first, ObjectNode opening) {
    this.lines = lines;
    this.words = words;
    this.first = first;
    this.opening = opening;
    this.quietWhenPresent = words.containsValue(PRESENT);
  }

  static ProgressLines ofPull(JsonLines lines, String repository, String tag) {
    return new ProgressLines(
        lines,
        Map.of(
            "Waiting", "Waiting",
            "Downloading", "Downloading",
            "Downloaded", "Download complete",
            "Unpacking", "Extracting",
            "Complete", "Pull complete",
            "Present", PRESENT),
        "Pulling fs layer",
        Json.object().put("status", "Pulling from " + repository).put("id", tag));
  }

  static ProgressLines ofPush(JsonLines lines, String name) {
    return new ProgressLines(
        lines,
        Map.of(
            "Preparing", "Preparing",
            "Pushing", "Pushing",
            "Pushed", "Pushed",
            "Mounted", "Mounted",
            "Present", "Layer already exists"),
        "",
        Json.object().put("status", "The push refers to repository [" + name + "]"));
  }

  static ProgressLines ofLoad(JsonLines lines) {
    return new ProgressLines(
        lines, Map.of("Importing", "Loading layer", "Unpacking", "Loading layer"), "", null);
  }

  /** Sends the line before all others, if it was not sent. */
  synchronized void open() {
    if (!opened) {
      opened = true;
      if (opening != null) {
        send(opening);
      }
    }
  }

  /** Whether anything was sent. */
  synchronized boolean opened() {
    return opened;
  }

  @Override
  public synchronized void update(String item, String action, long done, long total) {
    String status = words.get(action);
    if (status == null || item.isEmpty()) {
      return;
    }
    if (status.equals(PRESENT) && quietWhenPresent) {
      // Told only when something else is fetched: an image that is all here has no layers to tell.
      if (last.putIfAbsent(item, status) == null) {
        held.add(item);
      }
      return;
    }
    open();
    String before = last.get(item);
    if (PRESENT.equals(before) && quietWhenPresent) {
      return;
    }
    last.put(item, status);
    held.forEach(here -> send(line(here, PRESENT, 0, 0)));
    held.clear();
    boolean moving = total > 0 && done < total;
    if (status.equals(before) && (!moving || !due(item))) {
      return;
    }
    if (before == null && !first.isEmpty()) {
      send(line(item, first, 0, 0));
    }
    sent.put(item, System.nanoTime());
    send(line(item, status, done, total));
  }

  private boolean due(String item) {
    Long at = sent.get(item);
    return at == null || System.nanoTime() - at >= INTERVAL_NANOS;
  }

  private static ObjectNode line(String item, String status, long done, long total) {
    ObjectNode line = Json.object().put("status", status);
    ObjectNode detail = line.putObject("progressDetail");
    boolean counted =
        status.equals("Downloading")
            || status.equals("Extracting")
            || status.equals("Pushing")
            || status.equals("Loading layer");
    if (counted && done > 0) {
      detail.put("current", done);
      if (total > 0) {
        detail.put("total", total);
      }
      line.put("progress", bar(done, total));
    }
    return line.put("id", item);
  }

  /** The bar that clients without a terminal of their own show as it is. */
  static String bar(long done, long total) {
    if (total <= 0) {
      return String.format(Locale.ROOT, "%8s", size(done));
    }
    int filled = (int) Math.min(BAR, done * BAR / total);
    return "["
        + "=".repeat(filled)
        + ">"
        + " ".repeat(BAR - filled)
        + "] "
        + String.format(Locale.ROOT, "%8s/%s", size(done), size(total));
  }

  private static String size(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    String digits =
        new java.math.BigDecimal(value)
            .round(new java.math.MathContext(4))
            .stripTrailingZeros()
            .toPlainString();
    return digits + UNITS[unit];
  }

  /** Sends a line of its own. */
  synchronized void send(ObjectNode line) {
    try {
      lines.send(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A line of status alone. */
  void status(String text) {
    open();
    send(Json.object().put("status", text));
  }
}
