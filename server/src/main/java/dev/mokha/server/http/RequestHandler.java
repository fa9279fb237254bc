package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.server.aggregation.ApiService;
import dev.mokha.server.audit.AuditEvent;
import dev.mokha.server.authentication.Impersonation;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.authorization.Attributes;
import dev.mokha.server.flow.Ticket;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.pipeline.ApiCall.NoBody;
import dev.mokha.server.pipeline.Pipeline;
import dev.mokha.server.pipeline.Query;
import dev.mokha.server.pipeline.RequestTarget;
import dev.mokha.server.rest.Catalog;
import dev.mokha.server.rest.RestHandler;
import dev.mokha.server.rest.ServedResource;
import dev.mokha.server.table.Tables;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request's way from the network into the pipeline and back. */
final class RequestHandler {
  private static final Logger log = LoggerFactory.getLogger(RequestHandler.class);

  /** For calls without a body. */
  private static final UnaryOperator<ApiCall> AS_IT_IS = UnaryOperator.identity();

  private final Catalog catalog;
  private final Pipeline pipeline;
  private final FlowGate gate;
  private final OtherPaths others;
  private final ExecutorService workers;
  private final WatchReplies watches;
  private final TunnelProxy tunnels;
  private final AggregatedRequests aggregated;
  private final Deadlines deadlines;
  private final RequestAuthentication authentication;
  private final BodyDecoder decoder = new BodyDecoder();

  RequestHandler(
      Catalog catalog,
      RequestAuthentication authentication,
      Pipeline pipeline,
      FlowGate gate,
      OtherPaths others,
      ExecutorService workers,
      WatchReplies watches,
      TunnelProxy tunnels,
      AggregatedRequests aggregated,
      Deadlines deadlines) {
    this.deadlines = requireNonNull(deadlines, "deadlines");
    this.aggregated = requireNonNull(aggregated, "aggregated");
    this.tunnels = requireNonNull(tunnels, "tunnels");
    this.catalog = requireNonNull(catalog, "catalog");
    this.authentication = requireNonNull(authentication, "authentication");
    this.pipeline = requireNonNull(pipeline, "pipeline");
    this.gate = requireNonNull(gate, "gate");
    this.others = requireNonNull(others, "others");
    this.workers = requireNonNull(workers, "workers");
    this.watches = requireNonNull(watches, "watches");
  }

  void handle(HttpServerRequest request) {
    Accept accept = Accept.DEFAULT;
    Exchange exchange = null;
    try {
      String id = RequestOrigin.id(request);
      RequestTarget target = RequestTarget.of(request.path());
      Query query = Query.parse(request.query());
      String verb = target.verb(UpgradeByPost.method(request), query);
      UserInfo asker = authentication.authenticate(request, id, verb, target);
      UserInfo user =
          Impersonation.resolve(
              asker,
              request.headers(),
              real -> wish(real, target, verb, request.path()),
              pipeline.authorizer());
      if (target.resourceRequest() && aggregated.find(target.group(), target.version()) == null) {
        ServedResource meant = catalog.find(target.group(), target.version(), target.resource());
        accept =
            Accept.of(request.getHeader("Accept"), use(meant, verb), hasProtobuf(meant, target));
      }
      AuditEvent event =
          pipeline
              .audit()
              .begin(
                  asker,
                  user == asker ? null : user,
                  verb,
                  target,
                  () -> RequestOrigin.of(request, id));
      Ticket ticket = gate.classify(request, user, verb, target);
      if (verb.equals("watch") && WebSockets.isWanted(request)) {
        request.pause(); // A request that has ended can't become a WebSocket.
      }
      exchange =
          new Exchange(
              request, target, query, user, verb, accept, ticket, event, gate, pipeline.metrics());
      Exchange known = exchange;
      if (verb.equals("watch") && WebSockets.isWanted(request)) {
        exchange.holdBody();
      }
      if (RestHandler.isConnection(target)) {
        resource(known); // It may last for hours, so it takes no seat.
      } else {
        gate.pass(known, seats(known), () -> seated(known));
      }
    } catch (StatusException e) {
      if (exchange == null) {
        Replies.send(request, Replies.of(e, accept));
      } else {
        fail(exchange, e);
      }
    } catch (RuntimeException e) {
      if (exchange != null) {
        exchange.panic();
      }
      Replies.send(request, Replies.of(bug(e), accept));
    }
  }

  private static boolean hasProtobuf(ServedResource r, RequestTarget target) {
    return r == null || !r.isCustom() || target.subresource().equals("scale");
  }

  private static Accept.Use use(ServedResource r, String verb) {
    if (verb.equals("watch")) {
      return Accept.Use.WATCH;
    }
    boolean listed = verb.equals("list") || verb.equals("deletecollection");
    if (r != null && r.storage() == null && !listed) {
      return Accept.Use.PLAIN;
    }
    return listed ? Accept.Use.LIST : Accept.Use.ONE;
  }

  private int seats(Exchange known) {
    RequestTarget t = known.target;
    if (!known.verb.equals("list")) {
      return 1;
    }
    ServedResource listed = catalog.find(t.group(), t.version(), t.resource());
    return listed == null ? 1 : gate.seats(known.query, known.ticket, listed.storage());
  }

  /** Goes on with a request that has its seat; whatever happens, the seat is given back. */
  private void seated(Exchange known) {
    try {
      if (known.target.resourceRequest()) {
        resource(known);
      } else {
        other(known);
      }
    } catch (StatusException e) {
      fail(known, e);
    } catch (RuntimeException e) {
      fail(known, e);
    }
  }

  private static Attributes wish(UserInfo user, RequestTarget target, String verb, String path) {
    return target.resourceRequest()
        ? Attributes.ofResource(
            user,
            verb,
            target.group(),
            target.version(),
            target.resource(),
            target.subresource(),
            target.namespace(),
            target.name())
        : Attributes.ofPath(user, verb, path);
  }

  private void other(Exchange known) {
    HttpServerRequest request = known.request;
    pipeline.authorize(Attributes.ofPath(known.user, known.verb, request.path()), known.audit);
    ApiService remote = aggregated.find(request.path());
    if (remote != null) {
      known.holdBody();
      aggregated.forward(request, remote, known.user, () -> known.finish(status(request)));
      return;
    }
    if (others.mayBlock(request.path())) {
      workers.execute(
          () -> {
            Reply reply = answerOther(request, known.query);
            known.finish(reply.code());
            Replies.sendFromWorker(request, reply);
          });
    } else {
      Reply reply = answerOther(request, known.query);
      known.finish(reply.code());
      Replies.send(request, reply);
    }
  }

  private Reply answerOther(HttpServerRequest request, Query query) {
    try {
      Reply reply = others.answer(request, query);
      return reply == null ? others.nothing(request) : reply;
    } catch (RuntimeException e) {
      return Replies.of(bug(e), Accept.DEFAULT);
    }
  }

  private void resource(Exchange known) {
    boolean handed = false;
    try {
      RequestTarget target = known.target;
      ApiService remote = aggregated.find(target.group(), target.version());
      if (remote != null) {
        pipeline.authorize(attributes(known), known.audit);
        handed = true;
        aggregate(known, remote);
        return;
      }
      ServedResource resource = catalog.find(target.group(), target.version(), target.resource());
      if (resource == null
          || (!target.subresource().isEmpty()
              && resource.type().subresource(target.subresource()).isEmpty())
          || (!resource.type().namespaced()
              && !target.namespace().isEmpty()
              && !target.resource().equals("namespaces"))
          || (resource.isCustom()
              && resource.type().namespaced()
              && target.namespace().isEmpty()
              && !target.name().isEmpty())) {
        throw notFound();
      }
      known.found(resource);
      boolean connection = RestHandler.isConnection(target);
      if (!connection) {
        RequestRules.checkMethod(UpgradeByPost.method(known.request), target);
        RequestRules.checkTable(known.accept, known.query);
      }
      Duration limit = RequestRules.timeout(known.query);
      ApiCall call = call(known, resource);
      if (connection) {
        handed = true;
        // Nothing of the body shall come before there is someone to take it.
        known.request.pause();
        workers.execute(() -> onWorker(known, () -> connect(known, call)));
        return;
      }
      switch (known.verb) {
        case "get", "list", "watch" -> {
          if (pipeline.mayBlock(call) || mustEncode(known)) {
            handed = true;
            if (!known.verb.equals("watch")) {
              watchOver(known, limit);
            }
            workers.execute(() -> onWorker(known, () -> answer(known, call, AS_IT_IS)));
          } else {
            handed = true;
            onLoop(known, call);
          }
        }
        case "create", "update", "patch", "delete", "deletecollection" -> {
          RequestRules.checkWrite(known.verb, known.query);
          handed = true;
          watchOver(known, limit);
          withBody(known, call);
        }
        default -> throw RequestRules.methodNotAllowed();
      }
    } finally {
      if (!handed) {
        known.leave();
      }
    }
  }

  private void watchOver(Exchange known, Duration limit) {
    deadlines.add(known.request, known.accept, limit, () -> known.finish(504));
  }

  private void aggregate(Exchange known, ApiService remote) {
    if (known.verb.equals("watch") || known.target.subresource().equals("proxy")) {
      known.started(); // It may last for hours.
    }
    known.holdBody();
    aggregated.forward(
        known.request, remote, known.user, () -> known.finish(status(known.request)));
  }

  private static Attributes attributes(Exchange known) {
    RequestTarget t = known.target;
    return Attributes.ofRequest(
        known.user,
        known.verb,
        new GroupVersionResource(t.group(), t.version(), t.resource()),
        t.subresource(),
        t.namespace(),
        t.name(),
        known.query.get("labelSelector"),
        known.query.get("fieldSelector"));
  }

  /** True for lists that are more than kept bytes: making another form of them takes time. */
  private static boolean mustEncode(Exchange known) {
    return known.verb.equals("list") && !known.accept.isPlainJson();
  }

  /** Such a request may take hours, so it gives its place back at once. */
  private Reply connect(Exchange known, ApiCall call) {
    try {
      Answer.Tunnel tunnel = (Answer.Tunnel) pipeline.handle(call);
      boolean toKubelet =
          !call.subresource().equals("proxy") || call.resource().resource().equals("nodes");
      known.started();
      Replies.onLoop(
          known.request,
          () ->
              tunnels.forward(
                  known.request,
                  tunnel,
                  toKubelet,
                  known.accept,
                  () -> known.finish(status(known.request))));
      return null;
    } catch (RuntimeException e) {
      Replies.onLoop(known.request, known.request::resume);
      throw e;
    }
  }

  static StatusException notFound() {
    return new StatusException(
        StatusReason.NOT_FOUND,
        "the server could not find the requested resource",
        StatusException.Details.NONE);
  }

  private void withBody(Exchange known, ApiCall call) {
    HttpServerRequest request = known.request;
    BodyReader.read(request)
        .onComplete(
            done -> {
              if (done.failed()) {
                fail(
                    known,
                    done.cause() instanceof StatusException s
                        ? s
                        : StatusException.badRequest("the body can't be read"));
                return;
              }
              byte[] bytes = done.result();
              workers.execute(
                  () ->
                      onWorker(
                          known,
                          () ->
                              answer(
                                  known,
                                  call,
                                  c ->
                                      decoder.decode(
                                          c, request.getHeader("Content-Type"), bytes))));
            });
  }

  /** Something that gives a finished reply, or null when it has replied itself. */
  @FunctionalInterface
  private interface Work {
    Reply run();
  }

  private void onWorker(Exchange known, Work work) {
    Reply reply;
    try {
      reply = work.run();
    } catch (StatusException e) {
      known.audit.failed(e);
      reply = Replies.of(e, known.accept);
    } catch (RuntimeException | StackOverflowError e) {
      known.panic();
      reply = Replies.of(bug(e), known.accept);
    }
    if (reply != null) {
      known.finish(reply.code());
      Replies.sendFromWorker(known.request, reply);
    }
  }

  private void onLoop(Exchange known, ApiCall call) {
    Reply reply = answer(known, call, AS_IT_IS);
    if (reply != null) {
      known.finish(reply.code());
      Replies.send(known.request, reply);
    }
  }

  /** Calls the pipeline; a watch goes on by itself, anything else is encoded. */
  private Reply answer(Exchange known, ApiCall call, UnaryOperator<ApiCall> decode) {
    Answer answer;
    try {
      answer = pipeline.handle(call, decode);
    } catch (StatusException e) {
      if (call.verb().equals("watch") && e.isExpired()) {
        return WatchRefusal.reply(e, known.accept);
      }
      throw e;
    }
    Tables.Include include = Tables.Include.of(known.query.get("includeObject"));
    if (answer instanceof Answer.Events events) {
      Replies.onLoop(known.request, () -> watches.begin(known, call, events, include));
      return null;
    }
    Reply reply = Encoder.encode(answer, known.accept, include).with(call.warnings());
    known.size(reply.body().length());
    return reply;
  }

  private ApiCall call(Exchange known, ServedResource resource) {
    RequestTarget t = known.target;
    String manager = known.query.get("fieldManager");
    if (manager.isEmpty()) {
      manager = FieldManagers.ofUserAgent(known.request.getHeader("User-Agent"));
    }
    return new ApiCall(
        known.user,
        known.verb,
        resource,
        t.subresource(),
        t.namespace(),
        t.name(),
        t.rest(),
        known.query,
        manager,
        NoBody.INSTANCE,
        ApiCall.noWarnings(),
        known.audit);
  }

  private static void fail(Exchange known, StatusException e) {
    known.audit.failed(e);
    known.finish(e.code());
    Replies.send(known.request, Replies.of(e, known.accept));
  }

  private static void fail(Exchange known, RuntimeException e) {
    known.panic();
    Replies.send(known.request, Replies.of(bug(e), known.accept));
  }

  /** Of an answer that was passed on. */
  private static int status(HttpServerRequest request) {
    return request.response().getStatusCode();
  }

  private static StatusException bug(Throwable e) {
    log.error("a request failed unexpectedly", e);
    return StatusException.internal(e.toString());
  }
}
