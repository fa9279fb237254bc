package dev.mokha.cli;

import dev.mokha.api.object.Json;
import dev.mokha.cli.control.ControlClient;
import dev.mokha.cli.join.JoinedNode;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.images.ImagePolicy;
import dev.mokha.server.audit.AuditPolicy;
import dev.mokha.server.oidc.OidcConfig;
import dev.mokha.server.pki.PkiException;
import dev.mokha.server.pki.SharedPki;
import dev.mokha.store.etcd.EtcdAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Starts a cluster on this machine and returns when its nodes are Ready. */
@Command(
    name = "up",
    description = "Turn this machine into a Kubernetes cluster; returns when its nodes are Ready.")
final class UpCommand implements Runnable {
  private static final Duration SOCKET_TIMEOUT = Duration.ofMinutes(2);

  @Mixin private InstanceOption option = new InstanceOption();

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description =
          "How many nodes to run here, each but the first in a network namespace of its own"
              + " (default: as last time, 1 at first).")
  private Integer nodes;

  @Option(
      names = "--listen",
      paramLabel = "ADDRESS:PORT",
      description =
          "Where the API server listens (default: as last time, 127.0.0.1:6443 at first).")
  private String listen;

  @Option(
      names = "--pod-cidr",
      paramLabel = "CIDR",
      description = "Range of the pods' addresses (default: 10.42.0.0/16).")
  private String podCidr;

  @Option(
      names = "--service-cidr",
      paramLabel = "CIDR",
      description = "Range of the services' addresses (default: 10.43.0.0/16).")
  private String serviceCidr;

  @Option(
      names = "--node-cidr",
      paramLabel = "CIDR",
      description =
          "Range of the nodes' own addresses, inside this machine (default: 10.44.0.0/24).")
  private String nodeCidr;

  @Option(
      names = "--store",
      paramLabel = "etcd://HOST:PORT[,HOST:PORT...]",
      description =
          "Keep the cluster in an etcd, which several servers can share, instead of on this"
              + " machine; options are ?prefix=/NAME and, for TLS,"
              + " &cacert=FILE&cert=FILE&key=FILE.")
  private String store;

  @Option(
      names = "--oidc-config",
      paramLabel = "FILE",
      description =
          "Let in who has an ID token of an identity provider; FILE is an"
              + " AuthenticationConfiguration, read at every start (docs/security.md). An empty"
              + " name turns it off.")
  private Path oidcConfig;

  @Option(
      names = "--join-secret",
      paramLabel = "FILE",
      description =
          "Become a further server of the cluster in the store; FILE is a copy of pki/join.secret"
              + " from the data directory of one of its servers. Needed once.")
  private Path joinSecret;

  @Option(
      names = "--registry-mirror",
      paramLabel = "HOST=MIRROR[,MIRROR]",
      description = "Registries to try first for a host's images, * for every host; repeatable.")
  private Map<String, String> mirrors;

  @Option(
      names = "--registry",
      paramLabel = "PORT|off",
      description =
          "Where the cluster's image registry listens, on the API server's addresses (default: as"
              + " last time, 5000 at first).")
  private String registry;

  @Option(
      names = "--registry-config",
      paramLabel = "FILE",
      description =
          "Settings of the registry: mirrors with logins, immutable tags, anonymous pulls, the"
              + " cache's size (docs/registry.md); read at every start. An empty name turns it"
              + " off.")
  private Path registryConfig;

  @Option(
      names = "--docker-socket",
      paramLabel = "PATH|tcp://ADDRESS:PORT",
      description =
          "Answer Docker's clients here too, such as /var/run/docker.sock, besides"
              + " /run/mokha/docker.sock; repeatable. On a TCP port with TLS alone, to clients"
              + " with a certificate of the cluster's authority. An empty name takes all away.")
  private List<String> dockerSockets;

  @Option(
      names = "--userns",
      paramLabel = "host|private",
      description =
          "Whose user ids Docker's containers have that don't say: the host's (the default), or"
              + " each a range of its own (docs/security.md).")
  private String userns;

  @Option(
      names = "--image-policy",
      paramLabel = "FILE",
      description =
          "Which images may be pulled, by pods and through Docker's API: lines of \"allow NAMES\""
              + " and \"signed NAMES KEYFILE...\" (cosign's public keys); read at every start. An"
              + " empty name allows all.")
  private Path imagePolicy;

  @Option(
      names = "--audit-policy",
      paramLabel = "FILE",
      description =
          "Which requests are audited, as a Policy of audit.k8s.io/v1 (default: metadata of writes"
              + " and of reads of Secrets).")
  private Path auditPolicy;

  @Option(
      names = "--audit-log",
      paramLabel = "FILE",
      description =
          "Where the audit is written to (default: audit/audit.log in the data directory).")
  private Path auditLog;

  @Option(names = "--no-kubeconfig", description = "Do not add a context mokha to ~/.kube/config.")
  private boolean noKubeconfig;

  @Override
  public void run() {
    long began = System.nanoTime();
    InstanceOption.requireRoot("up");
    Instance instance = option.instance();
    if (JoinedNode.read(instance).isPresent()) {
      throw new UserError(
          "this machine has joined a cluster; it goes on with mokha join, or leaves it with mokha"
              + " down --wipe");
    }
    Optional<Settings> before = Settings.read(instance);
    Settings settings = chosen(before.orElse(Settings.DEFAULT));
    refuseChangedRanges(before, settings);
    refuseChangedStore(before, settings);
    Processes processes = new Processes(instance);
    boolean running = processes.isSupervised(1) && processes.pid(1) != 0;
    if (!running) {
      requireFreePort(settings);
    } else if (!settings.listen().equals(before.orElse(settings).listen())) {
      throw new UserError("the server listens elsewhere already; run mokha down first");
    }
    instance.prepare();
    keepJoinSecret(instance, settings);
    settings.write(instance);
    processes.start(1);
    JsonNode server = awaitReady(instance, processes, 1);
    for (int node = 2; node <= settings.nodes(); node++) {
      NodeNamespace.create(instance, settings, node);
      processes.start(node);
    }
    for (int node = 2; node <= settings.nodes(); node++) {
      awaitReady(instance, processes, node);
    }
    report(instance, settings, server, running, began);
  }

  private Settings chosen(Settings base) {
    int count = nodes == null ? base.nodes() : nodes;
    if (count < 1 || count > 9) {
      throw new UserError("--nodes must be between 1 and 9");
    }
    String at = listen == null ? base.listen() : listen;
    if (!at.matches(".+:\\d{1,5}")) {
      throw new UserError("--listen must be ADDRESS:PORT, such as 127.0.0.1:6443, not " + at);
    }
    Map<String, List<String>> chosenMirrors = base.registryMirrors();
    if (mirrors != null) {
      chosenMirrors = new java.util.HashMap<>();
      for (Map.Entry<String, String> e : mirrors.entrySet()) {
        chosenMirrors.put(e.getKey(), List.of(e.getValue().split(",")));
      }
    }
    return new Settings(
        count,
        at,
        podCidr == null ? base.podCidr() : podCidr,
        serviceCidr == null ? base.serviceCidr() : serviceCidr,
        nodeCidr == null ? base.nodeCidr() : nodeCidr,
        base.clusterDomain(),
        chosenStore(base),
        chosenOidcConfig(base),
        chosenMirrors,
        auditPolicy == null ? base.auditPolicy() : checked(auditPolicy),
        auditLog == null ? base.auditLog() : auditLog.toAbsolutePath().toString(),
        chosenRegistry(base),
        chosenRegistryConfig(base),
        chosenDockerSockets(base),
        chosenImagePolicy(base),
        chosenUserns(base));
  }

  private String chosenRegistry(Settings base) {
    if (registry == null) {
      return base.registry();
    }
    if (registry.equals("off")) {
      return registry;
    }
    if (!registry.matches("[1-9]\\d{0,4}") || Integer.parseInt(registry) > 65535) {
      throw new UserError("--registry must be a port, such as 5000, or off; not " + registry);
    }
    return registry;
  }

  private String chosenUserns(Settings base) {
    if (userns == null) {
      return base.userns();
    }
    if (!userns.equals("host") && !userns.equals("private")) {
      throw new UserError("--userns must be host or private; not " + userns);
    }
    return userns;
  }

  private List<String> chosenDockerSockets(Settings base) {
    if (dockerSockets == null) {
      return base.dockerSockets();
    }
    List<String> chosen =
        dockerSockets.stream()
            .filter(socket -> !socket.isEmpty())
            .map(
                socket ->
                    DockerSocket.isTls(socket)
                        ? socket
                        : Path.of(socket).toAbsolutePath().normalize().toString())
            .distinct()
            .toList();
    DockerSocket.tls(chosen); // refuses what can't be an address
    return chosen;
  }

  private String chosenRegistryConfig(Settings base) {
    if (registryConfig == null) {
      return base.registryConfig();
    }
    if (registryConfig.toString().isEmpty()) {
      return "";
    }
    Path file = registryConfig.toAbsolutePath().normalize();
    RegistryFile.read(file, Map.of());
    return file.toString();
  }

  private String chosenImagePolicy(Settings base) {
    return imagePolicy == null ? base.imagePolicy() : checkedImagePolicy(imagePolicy);
  }

  /** Where a policy is that can be read; empty for none. */
  static String checkedImagePolicy(Path given) {
    if (given.toString().isEmpty()) {
      return "";
    }
    Path file = given.toAbsolutePath().normalize();
    try {
      ImagePolicy.read(file);
    } catch (EngineException e) {
      throw new UserError(e.getMessage());
    }
    return file.toString();
  }

  /** A policy that can't be read shall be known now, not in the daemon's log. */
  private static String checked(Path policy) {
    try {
      AuditPolicy.read(policy);
    } catch (IllegalArgumentException e) {
      throw new UserError(e.getMessage());
    } catch (IOException e) {
      throw new UserError("the audit policy " + policy + " can't be read: " + e.getMessage());
    }
    return policy.toAbsolutePath().toString();
  }

  private String chosenOidcConfig(Settings base) {
    if (oidcConfig == null) {
      return base.oidcConfig();
    }
    if (oidcConfig.toString().isEmpty()) {
      return "";
    }
    Path file = oidcConfig.toAbsolutePath().normalize();
    try {
      OidcConfig unused = OidcConfig.read(file);
      return file.toString();
    } catch (IllegalArgumentException e) {
      throw new UserError("--oidc-config: " + e.getMessage());
    }
  }

  private String chosenStore(Settings base) {
    if (store == null) {
      return base.store();
    }
    try {
      EtcdAddress unused = EtcdAddress.parse(store);
      return store;
    } catch (IllegalArgumentException e) {
      throw new UserError("--store: " + e.getMessage());
    }
  }

  private static void refuseChangedStore(Optional<Settings> before, Settings now) {
    if (before.isPresent() && before.get().store().isEmpty() != now.store().isEmpty()) {
      throw new UserError(
          "the cluster of this data directory is kept %s; choose another data directory for the other, or run mokha down --wipe"
              .formatted(now.store().isEmpty() ? "in an etcd" : "on this machine"));
    }
  }

  private void keepJoinSecret(Instance instance, Settings settings) {
    if (joinSecret == null) {
      return;
    }
    if (settings.store().isEmpty()) {
      throw new UserError("--join-secret is for a cluster in an etcd; give its --store too");
    }
    try {
      SharedPki.keepSecret(instance.pkiDir(), Files.readString(joinSecret));
    } catch (IOException e) {
      throw new UserError("the join secret can't be read: " + e.getMessage());
    } catch (PkiException e) {
      throw new UserError(e.getMessage());
    }
  }

  /** Objects on disk hold addresses of the old ranges. */
  private static void refuseChangedRanges(Optional<Settings> before, Settings now) {
    if (before.isPresent()
        && !(before.get().podCidr().equals(now.podCidr())
            && before.get().serviceCidr().equals(now.serviceCidr()))) {
      throw new UserError(
          "the cluster was made with pods in %s and services in %s, which can't be changed; run mokha down --wipe for a new one"
              .formatted(before.get().podCidr(), before.get().serviceCidr()));
    }
  }

  private static void requireFreePort(Settings settings) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(
          new InetSocketAddress(
              InetAddress.getByName(settings.listenHost()), settings.listenPort()));
    } catch (IOException e) {
      throw new UserError(
          "the API server can't listen on %s: %s; stop what uses it, or choose another place with --listen"
              .formatted(settings.listen(), e.getMessage()));
    }
  }

  static JsonNode awaitReady(Instance instance, Processes processes, int node) {
    Path socket = instance.controlSocket(Processes.nameOf(node));
    long until = System.nanoTime() + SOCKET_TIMEOUT.toNanos();
    try (ProgressBars bars = new ProgressBars()) {
      while (true) {
        boolean alive = processes.isSupervised(node);
        if (alive && Files.exists(socket) && processes.pid(node) != 0) {
          try {
            ObjectNode request = Json.MAPPER.createObjectNode().put("command", "await-ready");
            return ControlClient.call(socket, request, bars::update);
          } catch (UserError e) {
            // The socket of a daemon that was killed: the new one is about to replace it.
            if (!e.getMessage().startsWith("no Mokha answers")) {
              throw e;
            }
          }
        }
        if (System.nanoTime() > until || (!alive && endedSince(instance, node, until))) {
          throw new UserError(
              "%s did not start: %s; its whole log: mokha logs %d"
                  .formatted(Processes.nameOf(node), lastError(instance, node), node));
        }
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted; the cluster goes on starting, see: mokha status");
    }
  }

  /** A supervisor needs a moment before it has written its pid file. */
  private static boolean endedSince(Instance instance, int node, long until) {
    boolean grace = until - System.nanoTime() > SOCKET_TIMEOUT.toNanos() - 2_000_000_000L;
    return !grace && new Processes(instance).pid(node) == 0;
  }

  private static String lastError(Instance instance, int node) {
    try {
      List<String> lines = Files.readAllLines(instance.log(Processes.nameOf(node)));
      for (int i = lines.size() - 1; i >= 0; i--) {
        if (lines.get(i).contains("mokha: ") || lines.get(i).contains(" ERROR ")) {
          return lines.get(i).strip().replaceFirst("^mokha: ", "");
        }
      }
      return lines.isEmpty() ? "it wrote nothing" : lines.getLast().strip();
    } catch (IOException e) {
      return "it wrote no log";
    }
  }

  private void report(
      Instance instance, Settings settings, JsonNode status, boolean running, long began) {
    double seconds = (System.nanoTime() - began) / 1e9;
    StringBuilder phases = new StringBuilder();
    status
        .path("phases")
        .properties()
        .forEach(
            e ->
                phases
                    .append(phases.isEmpty() ? "" : ", ")
                    .append("%s %.1f s".formatted(e.getKey(), e.getValue().asLong() / 1e3)));
    System.out.printf(
        "%s: %d node%s Ready after %.1f s%s%n",
        running ? "Mokha runs already" : "Mokha is up",
        settings.nodes(),
        settings.nodes() == 1 ? "" : "s",
        seconds,
        running || phases.isEmpty() ? "" : " (" + phases + ")");
    System.out.println("API server:  https://" + settings.listen());
    System.out.println("kubeconfig:  " + instance.adminKubeconfig());
    String registryAt = status.path("registry").path("address").asString("");
    if (!registryAt.isEmpty()) {
      System.out.println("registry:    https://" + registryAt);
    }
    if (!noKubeconfig) {
      System.out.println("kubectl:     kubectl --context " + UserKubeconfig.addContext(instance));
    }
  }
}
