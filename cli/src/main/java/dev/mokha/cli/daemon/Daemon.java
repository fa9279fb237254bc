package dev.mokha.cli.daemon;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.cli.Instance;
import dev.mokha.cli.Settings;
import dev.mokha.cli.control.ControlServer;
import dev.mokha.cli.control.ControlServer.Command;
import dev.mokha.cli.join.JoinedNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One long-running process: node 1 with the server, a further node alone, or the node of a machine
 * that has joined a cluster.
 *
 * <p>Its life: open everything, answer on the control socket, wait for SIGTERM, close everything
 * but the containers. A kill at any point is as good as an orderly end: the next one finds all it
 * needs on disk and in the kernel.
 */
public final class Daemon {
  private static final Logger log = LoggerFactory.getLogger(Daemon.class);

  private static final int CLOSE_SECONDS = 30;

  /** sysexits.h; whatever is not 0 makes the supervisor start a new process. */
  private static final int EX_TEMPFAIL = 75;

  private final Instance instance;
  private final Settings settings;
  private final int node;
  private final String processName;
  private final Phases phases = new Phases();
  private final CountDownLatch stop = new CountDownLatch(1);

  /** The process of a node; number 1 has the server too. */
  public Daemon(Instance instance, Settings settings, int node) {
    this.instance = requireNonNull(instance, "instance");
    this.settings = requireNonNull(settings, "settings");
    this.node = node;
    this.processName = node == 1 ? "daemon" : node == JoinedNode.NUMBER ? "agent" : "node-" + node;
  }

  /** Runs until it is told to stop. */
  public void run() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    // The hook holds the JVM's end up until all is closed; it must not wait for this thread itself,
    // which goes on to System.exit and waits for the hooks there.
    Thread hook =
        new Thread(
            () -> {
              stop.countDown();
              try {
                if (!closed.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                  log.warn("closing took more than {} s and is cut short", CLOSE_SECONDS);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      runUntilStopped();
    } finally {
      closed.countDown();
    }
  }

  private void runUntilStopped() throws Exception {
    phases.done("java");
    if (node == 1) {
      try (ServerRole server = ServerRole.start(instance, settings, phases);
          NodeRole agent = NodeRole.withServer(instance, settings, server, phases);
          ControlServer control = control(agent, server.commands(), server::describe)) {
        stop.await();
        log.info("stopping; containers go on");
      }
    } else if (node == JoinedNode.NUMBER) {
      JoinedNode joined =
          JoinedNode.read(instance)
              .orElseThrow(() -> new IllegalStateException("this machine has joined no cluster"));
      try (NodeRole agent = NodeRole.joined(instance, settings, joined, phases, Daemon::startAnew);
          ControlServer control = control(agent, Map.of(), status -> {})) {
        stop.await();
        log.info("stopping; containers go on");
      }
    } else {
      try (NodeRole agent = NodeRole.alone(instance, settings, node, phases);
          ControlServer control = control(agent, Map.of(), status -> {})) {
        stop.await();
        log.info("stopping; containers go on");
      }
    }
  }

  /** Ends this process; its supervisor starts another. No container notices. */
  private static void startAnew() {
    log.info("ending, to be started again with the new certificates");
    Runtime.getRuntime().halt(EX_TEMPFAIL);
  }

  /** Adds to what the status says. */
  @FunctionalInterface
  private interface Describing {
    void describe(ObjectNode status) throws IOException;
  }

  private ControlServer control(NodeRole agent, Map<String, Command> more, Describing also)
      throws IOException {
    Map<String, Command> commands = new HashMap<>(ImageCommands.of(agent.engine()));
    commands.putAll(more);
    commands.put("status", (request, progress) -> status(agent, also));
    commands.put(
        "await-ready",
        (request, progress) -> {
          agent.awaitReady();
          phases.done("node");
          return status(agent, also);
        });
    return new ControlServer(instance.controlSocket(processName), commands);
  }

  private ObjectNode status(NodeRole agent, Describing also) throws IOException {
    ObjectNode status = Json.MAPPER.createObjectNode();
    status.put("pid", ProcessHandle.current().pid());
    status.put("node", agent.nodeName());
    status.put("ready", agent.isReady());
    status.put("pods", agent.podCount());
    status.put("containers", agent.engine().containers().list("").size());
    status.put("runtime", agent.engine().runtime());
    also.describe(status);
    ObjectNode times = status.putObject("phases");
    phases.all().forEach(times::put);
    return status;
  }
}
