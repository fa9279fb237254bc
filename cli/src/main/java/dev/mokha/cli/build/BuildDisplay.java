package dev.mokha.cli.build;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * Shows a build: on a terminal the steps under way as lines that change, with their times; else one
 * line for each thing that happens, begun with the step's number.
 */
final class BuildDisplay implements AutoCloseable {
  private static final int TAIL = 4;
  private static final int REFRESH_MILLIS = 100;

  private final PrintStream out;
  private final boolean terminal;
  private final int width;
  private final Map<Integer, Step> steps = new TreeMap<>();
  private final Thread painter;
  private int painted;
  private boolean closed;

  /** A step under way, or done. */
  private static final class Step {
    private final long began = System.nanoTime();
    private final String title;
    private final List<String> tail = new ArrayList<>();
    private String rest = "";
    private String doing = "";

    Step(String title) {
      this.title = title;
    }
  }

  /**
   * A display.
   *
   * @param terminal whether lines may change
   * @param width characters of a line
   */
  BuildDisplay(PrintStream out, boolean terminal, int width) {
    this.out = out;
    this.terminal = terminal;
    this.width = Math.max(40, width);
    this.painter = terminal ? Thread.ofPlatform().daemon().start(this::paintOn) : null;
  }

  private void paintOn() {
    try {
      while (true) {
        Thread.sleep(REFRESH_MILLIS);
        synchronized (this) {
          if (closed) {
            return;
          }
          paint();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Something happened; see the engine's build events. */
  synchronized void event(ObjectNode line) {
    int number = line.path("step").asInt(0);
    Step step = steps.get(number);
    String text = line.path("text").asString("");
    switch (line.path("event").asString("")) {
      case "started" -> {
        String stage = line.path("stage").asString("");
        String title =
            "["
                + (stage.isEmpty() ? "" : stage + " ")
                + number
                + "/"
                + line.path("steps").asInt(0)
                + "] "
                + text;
        steps.put(number, new Step(title));
        if (!terminal) {
          say("#" + number + " " + title);
        }
      }
      case "wrote" -> wrote(number, step, text);
      case "note" -> say("#" + number + " " + text);
      case "fetching" -> {
        if (step != null) {
          long total = line.path("total").asLong(0);
          step.doing =
              line.path("action").asString("")
                  + " "
                  + line.path("item").asString("")
                  + (total > 0 ? " " + line.path("done").asLong(0) * 100 / total + " %" : "");
        }
      }
      case "cached" -> {
        if (step != null) {
          step.doing = "CACHED";
        }
      }
      case "done" -> ended(number, step, line, "DONE");
      case "failed" -> {
        ended(number, step, line, "ERROR");
        say("#" + number + " " + text);
      }
      case "warning" -> say(text);
      case "built" -> say("built " + line.path("image").asString(""));
      case "tagged" -> say("named " + line.path("name").asString(""));
      default -> {
        // Of interest to programs alone.
      }
    }
  }

  private void wrote(int number, Step step, String text) {
    if (step == null) {
      return;
    }
    String whole = step.rest + text;
    int end = whole.lastIndexOf('\n');
    step.rest = whole.substring(end + 1);
    if (end < 0) {
      return;
    }
    for (String line : whole.substring(0, end).split("\n", -1)) {
      if (terminal) {
        step.tail.add(line);
        if (step.tail.size() > TAIL) {
          step.tail.removeFirst();
        }
      } else {
        say("#" + number + " " + time(step) + " " + line);
      }
    }
  }

  private void ended(int number, Step step, ObjectNode line, String word) {
    if (step == null) {
      return;
    }
    if (!step.rest.isEmpty()) {
      wrote(number, step, "\n");
    }
    String how = word.equals("DONE") && step.doing.equals("CACHED") ? "CACHED" : word;
    String took = seconds(line.path("milliseconds").asLong(0));
    if (terminal) {
      clear();
      out.println(fit(" => " + (how.equals("DONE") ? "" : how + " ") + step.title, took));
      if (word.equals("ERROR")) {
        step.tail.forEach(said -> out.println("    " + said));
      }
    } else {
      say("#" + number + " " + how + (how.equals("CACHED") ? "" : " " + took));
    }
    steps.remove(number);
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.1fs", millis / 1000.0);
  }

  private static String time(Step step) {
    return String.format(Locale.ROOT, "%.3f", (System.nanoTime() - step.began) / 1e9);
  }

  private void say(String text) {
    clear();
    out.println(text);
    out.flush();
  }

  private String fit(String left, String right) {
    int room = width - right.length() - 2;
    String cut = left.length() > room ? left.substring(0, Math.max(0, room)) : left;
    return cut + " ".repeat(Math.max(1, width - cut.length() - right.length() - 1)) + right;
  }

  /** Takes the changing lines away. */
  private void clear() {
    if (painted > 0) {
      out.print("\u001b[" + painted + "A\u001b[J");
      painted = 0;
    }
  }

  private void paint() {
    clear();
    for (Step step : steps.values()) {
      long millis = (System.nanoTime() - step.began) / 1_000_000;
      String doing = step.doing.isEmpty() || step.doing.equals("CACHED") ? "" : " " + step.doing;
      out.println(fit(" => " + step.title + doing, seconds(millis)));
      painted++;
      for (String said : step.tail) {
        out.println(fit("    " + said.replace('\t', ' ').replace("\r", ""), ""));
        painted++;
      }
    }
    out.flush();
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      clear();
      out.flush();
    }
    if (painter != null) {
      painter.interrupt();
    }
  }
}
