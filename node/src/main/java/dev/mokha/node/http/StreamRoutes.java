package dev.mokha.node.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.containers.Container;
import dev.mokha.node.lifecycle.PodWorkers;
import dev.mokha.node.pod.BoundPod;
import dev.mokha.node.probe.CheckResult;
import dev.mokha.node.probe.ExecCheck;
import dev.mokha.node.streaming.PortForwarder;
import dev.mokha.node.streaming.ProcessBridge;
import dev.mokha.node.streaming.RemoteStreams;
import dev.mokha.node.streaming.RemoteStreams.Wanted;
import dev.mokha.node.streaming.SpdyStreams;
import dev.mokha.node.streaming.WebSocketStreams;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /exec}, {@code /attach}, {@code /run} and {@code /portForward}. */
final class StreamRoutes {
  private static final Logger log = LoggerFactory.getLogger(StreamRoutes.class);
  private static final String VERSION_HEADER = "X-Stream-Protocol-Version";
  private static final int CONNECT_MILLIS = 10_000;

  private final PodWorkers workers;

  StreamRoutes(PodWorkers workers) {
    this.workers = requireNonNull(workers, "workers");
  }

  void exec(HttpServerRequest request, Context loop, BoundPod pod, String name) {
    List<String> command = request.params(true).getAll("command");
    if (command.isEmpty()) {
      throw new HttpFailure(400, "you must specify at least one word of a command");
    }
    Container container = running(pod, name);
    Wanted wanted = wanted(request);
    Container.ExecSpec spec =
        new Container.ExecSpec(command, List.of(), "", "", wanted.tty(), wanted.stdin(), false);
    bridge(request, loop, wanted, () -> container.exec(spec));
  }

  void attach(HttpServerRequest request, Context loop, BoundPod pod, String name) {
    Container container = running(pod, name);
    boolean tty = container.spec().tty();
    Wanted asked = wanted(request);
    Wanted wanted =
        new Wanted(asked.stdin() && container.spec().stdin(), asked.stdout(), asked.stderr(), tty);
    bridge(
        request,
        loop,
        asked.tty() == tty ? wanted : asked,
        () -> container.attach(wanted.stdin(), wanted.stdout(), wanted.stderr() && !tty));
  }

  /** {@code /run}: a command without streams; the answer is its output. */
  void run(HttpServerRequest request, BoundPod pod, String name) {
    List<String> command = request.params(true).getAll("cmd");
    if (command.size() == 1) {
      command = Arrays.asList(command.get(0).split(" "));
    }
    if (command.isEmpty()) {
      throw new HttpFailure(400, "cmd is missing");
    }
    try {
      CheckResult result = ExecCheck.run(running(pod, name), command, Duration.ofMinutes(2));
      request
          .response()
          .setStatusCode(result.success() ? 200 : 500)
          .putHeader("Content-Type", "text/plain")
          .end(result.message());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Container running(BoundPod pod, String name) {
    if (pod.container(name).isEmpty()) {
      throw new HttpFailure(
          404, "container \"" + name + "\" not found in pod \"" + pod.name() + "\"");
    }
    return workers
        .container(pod, name, false)
        .filter(c -> c.state().status() == Container.Status.RUNNING)
        .orElseThrow(
            () ->
                new HttpFailure(
                    400, "container " + name + " of pod " + pod.name() + " is not running"));
  }

  // The server says input=1 as upstream's does, or passes a client's own words on.
  private static Wanted wanted(HttpServerRequest request) {
    boolean tty = LogRoutes.flag(request, "tty");
    Wanted wanted =
        new Wanted(
            LogRoutes.flag(request, "stdin") || LogRoutes.flag(request, "input"),
            LogRoutes.flag(request, "stdout") || LogRoutes.flag(request, "output"),
            LogRoutes.flag(request, "stderr") || LogRoutes.flag(request, "error"),
            tty);
    if (!wanted.stdin() && !wanted.stdout() && !wanted.stderr()) {
      throw new HttpFailure(400, "you must specify at least 1 of stdin, stdout, stderr");
    }
    return wanted;
  }

  private static boolean isWebSocket(HttpServerRequest request) {
    return "websocket".equalsIgnoreCase(request.getHeader("Upgrade"));
  }

  private static boolean isSpdy(HttpServerRequest request) {
    return "SPDY/3.1".equalsIgnoreCase(request.getHeader("Upgrade"));
  }

  private void bridge(
      HttpServerRequest request,
      Context loop,
      Wanted wanted,
      Supplier<Container.ExecSession> process) {
    if (isWebSocket(request)) {
      RemoteStreams streams =
          onLoop(loop, request::toWebSocket, socket -> new WebSocketStreams(socket, wanted));
      ProcessBridge.run(streams, wanted, process);
      return;
    }
    requireSpdy(request);
    String protocol = negotiate(request, SpdyStreams.PROTOCOLS);
    SpdyStreams streams =
        onLoop(
            loop,
            () -> upgrade(request, protocol),
            socket -> new SpdyStreams(socket, protocol, wanted));
    try {
      streams.awaitOpen();
    } catch (IOException e) {
      log.debug("A client did not open its streams: {}", e.getMessage());
      streams.close();
      return;
    }
    ProcessBridge.run(streams, wanted, process);
  }

  void portForward(HttpServerRequest request, Context loop, BoundPod pod) {
    PortForwarder forwarder = new PortForwarder(pod.name(), port -> connect(pod, port));
    if (isWebSocket(request)) {
      List<Integer> ports =
          request.params(true).getAll("port").stream()
              .flatMap(p -> Arrays.stream(p.split(",")))
              .filter(p -> !p.isEmpty())
              .map(StreamRoutes::port)
              .toList();
      onLoop(
          loop,
          request::toWebSocket,
          socket -> {
            if (PortForwarder.TUNNEL.equals(socket.subProtocol())) {
              forwarder.serveTunnel(socket);
            } else {
              forwarder.serveChannels(socket, ports);
            }
            return socket;
          });
      return;
    }
    requireSpdy(request);
    String protocol = negotiate(request, List.of(PortForwarder.PROTOCOL));
    onLoop(
        loop,
        () -> upgrade(request, protocol),
        socket -> {
          forwarder.serve(socket);
          return socket;
        });
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port > 0 && port < 65536) {
        return port;
      }
    } catch (NumberFormatException e) {
      log.trace("No number: {}", text);
    }
    throw new HttpFailure(400, "port " + text + " is not a port number");
  }

  // A server that listens on loopback only is reached from inside the pod's network namespace.
  private Socket connect(BoundPod pod, int port) throws IOException {
    if (port <= 0) {
      throw new IOException("the request names no port");
    }
    InetSocketAddress target = new InetSocketAddress("127.0.0.1", port);
    return NamespaceSockets.connect(workers.networkNamespace(pod), target, CONNECT_MILLIS);
  }

  private static void requireSpdy(HttpServerRequest request) {
    if (!isSpdy(request)) {
      throw new HttpFailure(
          400, "unable to upgrade: ask for an upgrade to websocket or to SPDY/3.1");
    }
  }

  /** The first version that the client offers and this node speaks. */
  private static String negotiate(HttpServerRequest request, List<String> known) {
    List<String> offered =
        request.headers().getAll(VERSION_HEADER).stream()
            .flatMap(h -> Arrays.stream(h.split(",")))
            .map(String::strip)
            .toList();
    if (offered.isEmpty()) {
      // Before versions were negotiated there was one.
      return known.get(known.size() - 1);
    }
    return offered.stream()
        .filter(known::contains)
        .findFirst()
        .orElseThrow(
            () ->
                new HttpFailure(
                    403,
                    "unable to upgrade: unable to negotiate protocol: client supports %s, server accepts %s"
                        .formatted(offered, known)));
  }

  private static Future<NetSocket> upgrade(HttpServerRequest request, String protocol) {
    request
        .response()
        .putHeader("Connection", "Upgrade")
        .putHeader("Upgrade", "SPDY/3.1")
        .putHeader(VERSION_HEADER, protocol);
    return request.toNetSocket();
  }

  // All of it happens on the request's own loop: handlers are there before that reads on, and
  // nothing that the client sends early is lost.
  private static <S, R> R onLoop(Context loop, Supplier<Future<S>> upgrade, Function<S, R> use) {
    CompletableFuture<R> result = new CompletableFuture<>();
    loop.runOnContext(
        v ->
            upgrade
                .get()
                .map(use)
                .onSuccess(result::complete)
                .onFailure(result::completeExceptionally));
    try {
      return result.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new HttpFailure(500, "unable to upgrade: " + e.getCause().getMessage());
    } catch (TimeoutException e) {
      throw new HttpFailure(500, "unable to upgrade: the client does not answer");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HttpFailure(500, "unable to upgrade: interrupted");
    }
  }
}
