package dev.mokha.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** One bar for each thing that is worked on, on the terminal; nothing where there is none. */
final class ProgressBars implements AutoCloseable {
  private final boolean terminal = System.console() != null && System.console().isTerminal();
  private final Map<String, ProgressBar> bars = new LinkedHashMap<>();

  /** Something moved on; see {@code dev.mokha.engine.images.Progress}. */
  synchronized void update(String item, String action, long done, long total) {
    if (!terminal) {
      return;
    }
    ProgressBar bar =
        bars.computeIfAbsent(
            item,
            name ->
                new ProgressBarBuilder()
                    .setTaskName(name)
                    .setInitialMax(total)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .build());
    if (total > 0) {
      bar.maxHint(total);
    }
    bar.setExtraMessage(action);
    bar.stepTo(done);
  }

  @Override
  public synchronized void close() {
    bars.values().forEach(ProgressBar::close);
    bars.clear();
  }
}
