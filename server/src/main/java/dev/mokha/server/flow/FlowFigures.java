package dev.mokha.server.flow;

import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.Histogram;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of one FlowSchema at one priority level. Lives as long as the server. */
final class FlowFigures {
  private static final double[] SECONDS = {
    0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30
  };
  private static final String PREFIX = "apiserver_flowcontrol_";

  final String labels;
  private final LongAdder dispatched = new LongAdder();
  private final LongAdder executing = new LongAdder();
  private final LongAdder executingSeats = new LongAdder();
  private final LongAdder inQueue = new LongAdder();
  private final LongAdder[] rejected = new LongAdder[FlowRefusal.Reason.values().length];
  private final Histogram execution = Histogram.ofSeconds(SECONDS);
  private final Histogram waitedAndRan = Histogram.ofSeconds(SECONDS);
  private final Histogram waitedInVain = Histogram.ofSeconds(SECONDS);
  private final Histogram seats = Histogram.ofNumbers(1, 2, 4, 8, 16, 32, 64, 100);

  FlowFigures(String schema, String level) {
    labels =
        Exposition.label("flow_schema", schema) + "," + Exposition.label("priority_level", level);
    for (int i = 0; i < rejected.length; i++) {
      rejected[i] = new LongAdder();
    }
  }

  void estimated(int number) {
    seats.add(number);
  }

  void dispatched(int number) {
    dispatched.increment();
    executing.increment();
    executingSeats.add(number);
  }

  void left(int number, long nanos) {
    executing.decrement();
    executingSeats.add(-number);
    execution.add(nanos);
  }

  void queued(int change) {
    inQueue.add(change);
  }

  void waited(long nanos, boolean ran) {
    (ran ? waitedAndRan : waitedInVain).add(nanos);
  }

  void rejected(FlowRefusal.Reason why) {
    rejected[why.ordinal()].increment();
  }

  long dispatched() {
    return dispatched.sum();
  }

  long rejectedFor(FlowRefusal.Reason why) {
    return rejected[why.ordinal()].sum();
  }

  /** All families of all schemas: a family's series must stand together. */
  static void write(Exposition out, Iterable<FlowFigures> all) {
    out.counter(PREFIX + "dispatched_requests_total", "Requests that got their seats.");
    all.forEach(f -> out.value(PREFIX + "dispatched_requests_total", f.labels, f.dispatched.sum()));
    out.counter(PREFIX + "rejected_requests_total", "Requests that were turned away.");
    for (FlowFigures f : all) {
      for (FlowRefusal.Reason r : FlowRefusal.Reason.values()) {
        long count = f.rejectedFor(r);
        if (count > 0) {
          String labels = f.labels + "," + Exposition.label("reason", r.label());
          out.value(PREFIX + "rejected_requests_total", labels, count);
        }
      }
    }
    out.gauge(PREFIX + "current_executing_requests", "Requests that hold seats.");
    all.forEach(f -> out.value(PREFIX + "current_executing_requests", f.labels, f.executing.sum()));
    out.gauge(PREFIX + "current_executing_seats", "Seats that are taken.");
    all.forEach(
        f -> out.value(PREFIX + "current_executing_seats", f.labels, f.executingSeats.sum()));
    out.gauge(PREFIX + "current_inqueue_requests", "Requests that wait for seats.");
    all.forEach(f -> out.value(PREFIX + "current_inqueue_requests", f.labels, f.inQueue.sum()));
    out.histogram(PREFIX + "request_execution_seconds", "How long requests held their seats.");
    all.forEach(
        f ->
            f.execution.write(
                out, PREFIX + "request_execution_seconds", f.labels + ",type=\"regular\""));
    out.histogram(PREFIX + "request_wait_duration_seconds", "How long requests were queued.");
    for (FlowFigures f : all) {
      String name = PREFIX + "request_wait_duration_seconds";
      f.waitedAndRan.write(out, name, "execute=\"true\"," + f.labels);
      f.waitedInVain.write(out, name, "execute=\"false\"," + f.labels);
    }
    out.histogram(PREFIX + "work_estimated_seats", "How many seats requests were taken to need.");
    all.forEach(f -> f.seats.write(out, PREFIX + "work_estimated_seats", f.labels));
  }
}
