package dev.mokha.junit;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.server.ApiServer;
import dev.mokha.server.ServerConfig;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.bootstrap.ClusterSettings;
import dev.mokha.server.bootstrap.StandardStages;
import dev.mokha.server.pki.Kubeconfig;
import dev.mokha.store.Store;
import dev.mokha.store.memory.MemoryStore;
import dev.mokha.store.rocks.RocksStore;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Kubernetes cluster for a test: the API server with everything that judges a request
 * (authentication, RBAC, admission, schemas, custom resources), the controllers and the scheduler.
 * What it has not is a node that runs containers; {@link Builder#nodes} gives nodes that say they
 * do.
 *
 * <pre>{@code
 * try (Mokha mokha = Mokha.start()) {
 *   mokha.install(Files.readString(Path.of("crd.yaml")));
 *   KubernetesClient client = mokha.fabric8();
 *   client.resource(deployment).inNamespace("default").create();
 *   ...
 * }
 * }</pre>
 *
 * <p>A server listens on a free port of the loopback interface, keeps its objects in memory unless
 * told otherwise, and leaves neither threads nor files when it is closed. Keys and certificates are
 * made once in a process and shared by all its servers, so a kubeconfig is good for the servers of
 * one process only, and means nothing to any other.
 *
 * <p>With JUnit, {@link MokhaTest} does the starting and closing.
 */
public final class Mokha implements AutoCloseable {
  private static final String CLUSTER_DOMAIN = "cluster.local";
  private static final String SERVICE_CIDR = "10.43.0.0/16";
  private static final String SERVICE_ADDRESS = "10.43.0.1";
  private static final String FIELD_MANAGER = "mokha-junit";

  /** The longest name of a namespace (RFC 1123 label), less what makes it unique. */
  private static final int LONGEST_PREFIX = 63 - 8;

  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final TestKeys keys;
  private final ApiServer server;
  private final ApiClient client;
  private Fabric8Clients fabric8;

  private Mokha(Builder wanted) throws IOException {
    try {
      keys = wanted.directory == null ? TestKeys.ofProcess() : TestKeys.in(wanted.directory);
      Store store =
          opened(
              wanted.directory == null
                  ? MemoryStore.create()
                  : RocksStore.open(wanted.directory.resolve("store")));
      StandardStages stages =
          new StandardStages(
              keys.pki(),
              // With an address of the loopback interface the Service kubernetes has no endpoints.
              new ClusterSettings("127.0.0.1", 6443, SERVICE_ADDRESS, SERVICE_CIDR, CLUSTER_DOMAIN),
              Clock.systemUTC());
      server =
          opened(
              ApiServer.start(
                  ServerConfig.builder(store, keys.server(SERVICE_ADDRESS, CLUSTER_DOMAIN), stages)
                      .serviceCidr(SERVICE_CIDR)
                      .build()));
      client = opened(server.client(UserInfo.SERVER, FIELD_MANAGER));
      addDefaultAccount("default");
      if (wanted.nodes > 0) {
        opened(FakeNodes.start(client, wanted.nodes, wanted.podsRun));
      }
      if (wanted.controllers) {
        opened(ControlLoops.start(server, keys.pki(), stages.issuer()));
      }
      if (wanted.scheduler) {
        opened(SchedulerLoop.start(server));
      }
      wanted.manifests.forEach(this::install);
    } catch (IOException | RuntimeException e) {
      try {
        close();
      } catch (RuntimeException another) {
        e.addSuppressed(another);
      }
      throw e;
    }
  }

  /** Starts a cluster in memory with controllers and scheduler; returns when it is ready. */
  public static Mokha start() {
    return builder().start();
  }

  /** A cluster in memory with controllers and scheduler and without nodes, to be changed. */
  public static Builder builder() {
    return new Builder();
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  /** Where the API server is, such as {@code https://127.0.0.1:40123}. */
  public URI url() {
    return URI.create("https://127.0.0.1:" + server.address().getPort());
  }

  /** A kubeconfig of the administrator, a member of {@code system:masters}: YAML. */
  public String kubeconfig() {
    return new Kubeconfig("mokha", url().toString(), keys.authorityPem(), keys.admin()).text();
  }

  /**
   * A kubeconfig of a user who has a client certificate and the rights that RBAC gives: YAML.
   *
   * @param user such as {@code jane}
   * @param groups whose member the user is, besides {@code system:authenticated}
   */
  public String kubeconfig(String user, String... groups) {
    return new Kubeconfig("mokha", url().toString(), keys.authorityPem(), keys.of(user, groups))
        .text();
  }

  /** Writes {@link #kubeconfig()} to a file that, where files have modes, its owner alone reads. */
  public void writeKubeconfig(Path file) {
    try {
      if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
        new Kubeconfig("mokha", url().toString(), keys.authorityPem(), keys.admin()).write(file);
      } else {
        Files.writeString(file, kubeconfig());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The administrator's client, inside the process: its requests need no connection and no
   * encoding, but pass authorization, admission and audit like any other.
   */
  public ApiClient client() {
    return client;
  }

  /**
   * A client inside the process that acts as a user, with the rights that RBAC gives.
   *
   * @param user such as {@code jane} or {@code system:serviceaccount:NAMESPACE:NAME}
   * @param groups whose member the user is, besides {@code system:authenticated}
   */
  public ApiClient as(String user, String... groups) {
    return server.client(UserInfo.authenticated(user, List.of(groups)), FIELD_MANAGER);
  }

  /**
   * The administrator's fabric8 client, over HTTPS; the same at every call, and closed with the
   * server. Needs {@code io.fabric8:kubernetes-client} on the class path.
   */
  public KubernetesClient fabric8() {
    return fabric8Clients().administrator();
  }

  /**
   * A fabric8 client of a user who shows a client certificate, with the rights that RBAC gives.
   * Closed with the server, or before by who asked for it.
   *
   * @param user such as {@code jane}
   * @param groups whose member the user is, besides {@code system:authenticated}
   */
  public KubernetesClient fabric8(String user, String... groups) {
    return fabric8Clients().user(user, groups);
  }

  private synchronized Fabric8Clients fabric8Clients() {
    if (fabric8 == null) {
      fabric8 = opened(new Fabric8Clients(url(), keys));
    }
    return fabric8;
  }

  /**
   * Applies manifests, above all CustomResourceDefinitions: one or more YAML documents, or JSON.
   * Definitions are being served when this returns.
   *
   * @throws StatusException when the server refuses one
   * @throws IllegalArgumentException when a text is no manifest, or of a kind that is not served
   */
  public void install(String manifests) {
    new Manifests(client).apply(manifests);
  }

  /** Applies an object, for example a CustomResourceDefinition, which is served on return. */
  public void install(HasMetadata object) {
    new Manifests(client).apply(object);
  }

  /**
   * Makes a namespace with a name that no other of this process has, ready for pods: its service
   * account {@code default} exists.
   *
   * @param prefix what the name begins with; characters that a name can't have become dashes
   * @return the name
   */
  public String namespace(String prefix) {
    String wanted = requireNonNull(prefix, "prefix").toLowerCase(Locale.ROOT);
    String clean = wanted.replaceAll("[^a-z0-9]+", "-").replaceAll("^-+", "");
    String cut = clean.substring(0, Math.min(clean.length(), LONGEST_PREFIX));
    String name =
        (cut.isEmpty() ? "test" : cut.replaceAll("-+$", "")) + "-" + NAMESPACES.incrementAndGet();
    ResourceClient.of(client, Kinds.NAMESPACE)
        .create(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build());
    addDefaultAccount(name);
    return name;
  }

  /** Without it pods are refused; a controller makes it too, if there is one, but later. */
  private void addDefaultAccount(String namespace) {
    try {
      ResourceClient.of(client, Kinds.SERVICE_ACCOUNT)
          .create(
              new ServiceAccountBuilder()
                  .withNewMetadata()
                  .withNamespace(namespace)
                  .withName("default")
                  .endMetadata()
                  .build());
    } catch (StatusException e) {
      if (e.reason() != StatusReason.ALREADY_EXISTS) {
        throw e;
      }
    }
  }

  /** Ends everything that was started, clients and watches too. Closing again does nothing. */
  @Override
  public void close() {
    RuntimeException failure = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        if (failure == null) {
          failure = new IllegalStateException("a part of the server did not end well", e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** What a cluster is to have. */
  public static final class Builder {
    private Path directory;
    private boolean controllers = true;
    private boolean scheduler = true;
    private boolean podsRun = true;
    private int nodes;
    private final List<String> manifests = new ArrayList<>();

    private Builder() {}

    /**
     * Keeps objects and keys in a directory, so that a later start finds them again; on Linux and
     * macOS. One server at a time may use it.
     */
    public Builder directory(Path path) {
      directory = requireNonNull(path, "path");
      return this;
    }

    /** Whether the controllers run: Deployments, garbage collection, namespaces and so on. */
    public Builder controllers(boolean run) {
      controllers = run;
      return this;
    }

    /** Whether pods are bound to nodes. */
    public Builder scheduler(boolean run) {
      scheduler = run;
      return this;
    }

    /** How many nodes there are: {@code node-1} and so on, Ready, with 32 processors each. */
    public Builder nodes(int count) {
      if (count < 0) {
        throw new IllegalArgumentException("a cluster can't have %d nodes".formatted(count));
      }
      nodes = count;
      return this;
    }

    /**
     * Whether the nodes say of their pods that they run and are ready, and let go of pods that are
     * deleted; true unless told otherwise. No container is ever started.
     */
    public Builder podsRun(boolean run) {
      podsRun = run;
      return this;
    }

    /** Applies manifests before the start is over, see {@link Mokha#install(String)}. */
    public Builder install(String text) {
      manifests.add(requireNonNull(text, "text"));
      return this;
    }

    /**
     * Starts the cluster; returns when it is ready.
     *
     * @throws UncheckedIOException when no port can be had
     */
    public Mokha start() {
      try {
        return new Mokha(this);
      } catch (IOException e) {
        throw new UncheckedIOException("the API server can't be started: " + e.getMessage(), e);
      }
    }
  }
}
