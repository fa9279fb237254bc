package dev.mokha.server.pipeline;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.MetricSource;
import java.util.concurrent.atomic.LongAdder;

/** Counts the requests under way and in queues, reads and writes apart. */
public final class InFlight implements MetricSource {
  private final LongAdder[] running = {new LongAdder(), new LongAdder()};
  private final LongAdder[] waiting = {new LongAdder(), new LongAdder()};

  private static int kind(String verb) {
    return switch (verb) {
      case "get", "list", "watch", "head", "options" -> 0;
      default -> 1;
    };
  }

  /** One more, or with -1 one less, is under way. */
  public void running(String verb, int change) {
    running[kind(verb)].add(change);
  }

  /** One more, or with -1 one less, is in a queue. */
  public void waiting(String verb, int change) {
    waiting[kind(verb)].add(change);
  }

  @Override
  public void write(Exposition out) {
    write(out, "apiserver_current_inflight_requests", "Requests under way.", running);
    write(out, "apiserver_current_inqueue_requests", "Requests in queues.", waiting);
  }

  private static void write(Exposition out, String name, String help, LongAdder[] values) {
    out.gauge(name, help);
    out.value(name, "request_kind=\"mutating\"", values[1].sum());
    out.value(name, "request_kind=\"readOnly\"", values[0].sum());
  }
}
