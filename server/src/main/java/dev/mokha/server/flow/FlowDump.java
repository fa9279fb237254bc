package dev.mokha.server.flow;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;

/** The tables behind {@code /debug/api_priority_and_fairness/}, comma-separated as upstream's. */
public final class FlowDump {
  private final FlowControl flow;

  /** Dumps of what that one holds. */
  public FlowDump(FlowControl flow) {
    this.flow = requireNonNull(flow, "flow");
  }

  /** The table of that name; null when there is none. */
  public String table(String name) {
    return switch (name) {
      case "dump_priority_levels" -> levels();
      case "dump_requests" -> requests();
      default -> null;
    };
  }

  private String levels() {
    StringBuilder out =
        new StringBuilder(
            "PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests,"
                + " ExecutingRequests, DispatchedRequests, RejectedRequests, TimedoutRequests,"
                + " CancelledRequests\n");
    flow.levels()
        .forEach(
            (name, l) ->
                out.append(
                    "%s, %d, %s, false, %d, %d, %d, %d, %d, %d%n"
                        .formatted(
                            name,
                            l.activeQueues(),
                            l.used() == 0 && l.waiting() == 0,
                            l.waiting(),
                            l.used(),
                            dispatched(name),
                            rejected(
                                name,
                                FlowRefusal.Reason.QUEUE_FULL,
                                FlowRefusal.Reason.CONCURRENCY_LIMIT),
                            rejected(name, FlowRefusal.Reason.TIME_OUT),
                            rejected(name, FlowRefusal.Reason.CANCELLED))));
    return out.toString();
  }

  private long dispatched(String level) {
    return of(level).stream().mapToLong(FlowFigures::dispatched).sum();
  }

  private long rejected(String level, FlowRefusal.Reason... reasons) {
    long sum = 0;
    for (FlowFigures f : of(level)) {
      for (FlowRefusal.Reason r : reasons) {
        sum += f.rejectedFor(r);
      }
    }
    return sum;
  }

  private List<FlowFigures> of(String level) {
    return flow.figures().entrySet().stream()
        .filter(e -> e.getKey().endsWith("\0" + level))
        .map(Map.Entry::getValue)
        .toList();
  }

  private String requests() {
    StringBuilder out =
        new StringBuilder(
            "PriorityLevelName, FlowSchemaName, QueueIndex, FlowDistinguisher, WaitingSeconds,"
                + " InitialSeats\n");
    long now = System.nanoTime();
    flow.levels()
        .forEach(
            (name, l) ->
                l.waitingTickets()
                    .forEach(
                        t ->
                            out.append(
                                "%s, %s, %d, %s, %.3f, %d%n"
                                    .formatted(
                                        name,
                                        t.schemaName(),
                                        t.queue().index,
                                        t.distinguisher(),
                                        (now - t.arrived()) / 1e9,
                                        t.seats()))));
    return out.toString();
  }
}
