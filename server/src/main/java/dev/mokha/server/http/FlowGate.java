package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.flow.FlowControl;
import dev.mokha.server.flow.FlowRefusal;
import dev.mokha.server.flow.Ticket;
import dev.mokha.server.pipeline.InFlight;
import dev.mokha.server.pipeline.Query;
import dev.mokha.server.pipeline.RequestTarget;
import dev.mokha.server.storage.StorageResource;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.TimeUnit;

/**
 * Where requests wait for their seats. With a free one the request goes on in the same call; else
 * it is paused, holding nothing but its headers, and goes on later on its own event loop. No thread
 * waits.
 */
final class FlowGate {
  /** How long a request may wait: a quarter of what upstream gives a whole request. */
  private static final long PATIENCE_SECONDS = 15;

  private final FlowControl flow;
  private final InFlight inFlight;

  FlowGate(FlowControl flow, InFlight inFlight) {
    this.flow = requireNonNull(flow, "flow");
    this.inFlight = requireNonNull(inFlight, "inFlight");
  }

  /** Finds the request's place and names it in the response, whatever that will be. */
  Ticket classify(HttpServerRequest request, UserInfo user, String verb, RequestTarget target) {
    Ticket ticket = flow.classify(user, verb, target);
    HttpServerResponse response = request.response();
    response.putHeader("X-Kubernetes-PF-FlowSchema-UID", ticket.schemaUid());
    response.putHeader("X-Kubernetes-PF-PriorityLevel-UID", ticket.levelUid());
    return ticket;
  }

  /** How many seats a list takes. */
  int seats(Query query, Ticket ticket, StorageResource listed) {
    return flow.seats("list", query, ticket, listed);
  }

  /** Calls the action at once or later, on the request's event loop, or refuses the request. */
  void pass(Exchange exchange, int seats, Runnable action) {
    Waiting waiting = new Waiting(exchange, action);
    try {
      if (exchange.ticket.enter(seats, waiting)) {
        inFlight.running(exchange.verb, 1);
        action.run();
      } else {
        waiting.begin();
      }
    } catch (FlowRefusal e) {
      refuse(exchange);
    }
  }

  /** Gives the seats back. */
  void leave(Ticket ticket, String verb) {
    if (ticket.leave()) {
      inFlight.running(verb, -1);
    }
  }

  private static void refuse(Exchange exchange) {
    exchange.finish(429);
    Replies.send(
        exchange.request,
        Reply.text(429, FlowRefusal.TEXT + "\n")
            .with("Retry-After", Integer.toString(FlowRefusal.RETRY_AFTER_SECONDS)));
  }

  /** A request in a queue; used on its event loop but for the two calls of the ticket. */
  private final class Waiting implements Ticket.Waiter {
    private final Exchange exchange;
    private final HttpServerRequest request;
    private final Ticket ticket;
    private final String verb;
    private final Runnable action;
    private ScheduledFuture<?> patience;

    Waiting(Exchange exchange, Runnable action) {
      this.exchange = exchange;
      this.request = exchange.request;
      this.ticket = exchange.ticket;
      this.verb = exchange.verb;
      this.action = action;
    }

    void begin() {
      inFlight.waiting(verb, 1);
      request.pause();
      request.response().closeHandler(v -> ticket.giveUp(FlowRefusal.Reason.CANCELLED));
      patience =
          Connections.context(request)
              .schedule(
                  () -> ticket.giveUp(FlowRefusal.Reason.TIME_OUT),
                  PATIENCE_SECONDS,
                  TimeUnit.SECONDS);
    }

    @Override
    public void seated() {
      Replies.onLoop(request, this::goOn);
    }

    private void goOn() {
      end();
      inFlight.running(verb, 1);
      if (request.response().closed()) {
        exchange.finish(499); // nginx's word for a client that went away
        return;
      }
      try {
        action.run();
      } finally {
        if (!exchange.holdsBody()) {
          request.resume();
        }
      }
    }

    @Override
    public void refused(FlowRefusal why) {
      Replies.onLoop(
          request,
          () -> {
            end();
            refuse(exchange);
            request.resume();
          });
    }

    private void end() {
      inFlight.waiting(verb, -1);
      patience.cancel(false);
      request.response().closeHandler(null);
    }
  }
}
