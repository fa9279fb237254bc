package dev.mokha.engine.build;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Resources;
import dev.mokha.engine.images.PullOptions;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What to build, and how.
 *
 * @param context where files come from
 * @param dockerfile path of the Dockerfile in the context; empty for {@code Dockerfile}
 * @param dockerfileText the Dockerfile itself, when it is not in the context; else null
 * @param names {@code name[:tag]} for the image
 * @param target the stage to build; empty for the last
 * @param buildArgs values for ARG; a null value takes the argument's default
 * @param labels labels added to the image
 * @param cacheFrom images whose layers count as cached when their history fits
 * @param noCache whether every step is carried out
 * @param pull whether base images are fetched though they are here
 * @param squash whether the layers above the base become one
 * @param platform {@code os/architecture}; empty for this machine's
 * @param network {@code default}, {@code none}, {@code host}, {@code container:ID} or a network's
 *     name
 * @param hostNetwork whether {@code RUN --network=host} may be; a Dockerfile is not asked who wrote
 *     it
 * @param extraHosts {@code name:address} for /etc/hosts of RUN steps
 * @param resources limits of RUN steps
 * @param shmBytes size of their /dev/shm; 0 for 64 MiB
 * @param rlimits their process limits
 * @param cgroupParent the cgroup their containers are put below; empty for the engine's
 * @param containerLabels labels of their containers, such as who asked for the build
 * @param secrets what {@code RUN --mount=type=secret} may ask for
 * @param agents what {@code RUN --mount=type=ssh} may reach
 * @param contexts more contexts by name, which {@code FROM} and {@code --from} mean before stages
 *     of the same name and images
 * @param insecure whether {@code RUN --security=insecure} may be; as for the host's network, a
 *     Dockerfile is not asked who wrote it
 * @param credentials for a registry's host
 */
public record BuildRequest(
    BuildContext context,
    String dockerfile,
    byte[] dockerfileText,
    List<String> names,
    String target,
    Map<String, String> buildArgs,
    Map<String, String> labels,
    List<String> cacheFrom,
    boolean noCache,
    boolean pull,
    boolean squash,
    String platform,
    String network,
    boolean hostNetwork,
    List<String> extraHosts,
    Resources resources,
    long shmBytes,
    Map<String, ContainerSpec.Rlimit> rlimits,
    String cgroupParent,
    Map<String, String> containerLabels,
    SecretSource secrets,
    SshAgents agents,
    Map<String, BuildContext> contexts,
    boolean insecure,
    Function<String, List<PullOptions.Credentials>> credentials) {

  /** Copies the collections. */
  public BuildRequest {
    requireNonNull(context, "context");
    names = List.copyOf(names);
    buildArgs = Collections.unmodifiableMap(new LinkedHashMap<>(buildArgs));
    labels = Map.copyOf(labels);
    cacheFrom = List.copyOf(cacheFrom);
    extraHosts = List.copyOf(extraHosts);
    rlimits = Map.copyOf(rlimits);
    containerLabels = Map.copyOf(containerLabels);
    requireNonNull(secrets, "secrets");
    requireNonNull(agents, "agents");
    contexts = Map.copyOf(contexts);
  }

  /** A request with nothing but a context. */
  public static Builder of(BuildContext context) {
    return new Builder(context);
  }

  /** Makes a request; every setting has Docker's default. */
  public static final class Builder {
    private final BuildContext context;
    private String dockerfile = "";
    private byte[] dockerfileText;
    private List<String> names = List.of();
    private String target = "";
    private Map<String, String> buildArgs = Map.of();
    private Map<String, String> labels = Map.of();
    private List<String> cacheFrom = List.of();
    private boolean noCache;
    private boolean pull;
    private boolean squash;
    private String platform = "";
    private String network = "";
    private boolean hostNetwork;
    private List<String> extraHosts = List.of();
    private Resources resources = Resources.NONE;
    private long shmBytes;
    private Map<String, ContainerSpec.Rlimit> rlimits = Map.of();
    private String cgroupParent = "";
    private Map<String, String> containerLabels = Map.of();
    private SecretSource secrets = SecretSource.NONE;
    private SshAgents agents = SshAgents.NONE;
    private Map<String, BuildContext> contexts = Map.of();
    private boolean insecure;
    private Function<String, List<PullOptions.Credentials>> credentials = host -> List.of();

    private Builder(BuildContext context) {
      this.context = context;
    }

    /** Sets {@link BuildRequest#dockerfile}. */
    public Builder dockerfile(String value) {
      dockerfile = value;
      return this;
    }

    /** Sets {@link BuildRequest#dockerfileText}. */
    public Builder dockerfileText(byte[] value) {
      dockerfileText = value;
      return this;
    }

    /** Sets {@link BuildRequest#names}. */
    public Builder names(List<String> value) {
      names = value;
      return this;
    }

    /** Sets {@link BuildRequest#target}. */
    public Builder target(String value) {
      target = value;
      return this;
    }

    /** Sets {@link BuildRequest#buildArgs}. */
    public Builder buildArgs(Map<String, String> value) {
      buildArgs = value;
      return this;
    }

    /** Sets {@link BuildRequest#labels}. */
    public Builder labels(Map<String, String> value) {
      labels = value;
      return this;
    }

    /** Sets {@link BuildRequest#cacheFrom}. */
    public Builder cacheFrom(List<String> value) {
      cacheFrom = value;
      return this;
    }

    /** Sets {@link BuildRequest#noCache}. */
    public Builder noCache(boolean value) {
      noCache = value;
      return this;
    }

    /** Sets {@link BuildRequest#pull}. */
    public Builder pull(boolean value) {
      pull = value;
      return this;
    }

    /** Sets {@link BuildRequest#squash}. */
    public Builder squash(boolean value) {
      squash = value;
      return this;
    }

    /** Sets {@link BuildRequest#platform}. */
    public Builder platform(String value) {
      platform = value;
      return this;
    }

    /** Sets {@link BuildRequest#network}. */
    public Builder network(String value) {
      network = value;
      return this;
    }

    /** Sets {@link BuildRequest#hostNetwork}. */
    public Builder hostNetwork(boolean value) {
      hostNetwork = value;
      return this;
    }

    /** Sets {@link BuildRequest#extraHosts}. */
    public Builder extraHosts(List<String> value) {
      extraHosts = value;
      return this;
    }

    /** Sets {@link BuildRequest#resources}. */
    public Builder resources(Resources value) {
      resources = value;
      return this;
    }

    /** Sets {@link BuildRequest#shmBytes}. */
    public Builder shmBytes(long value) {
      shmBytes = value;
      return this;
    }

    /** Sets {@link BuildRequest#rlimits}. */
    public Builder rlimits(Map<String, ContainerSpec.Rlimit> value) {
      rlimits = value;
      return this;
    }

    /** Sets {@link BuildRequest#cgroupParent}. */
    public Builder cgroupParent(String value) {
      cgroupParent = value;
      return this;
    }

    /** Sets {@link BuildRequest#containerLabels}. */
    public Builder containerLabels(Map<String, String> value) {
      containerLabels = value;
      return this;
    }

    /** Sets {@link BuildRequest#secrets}. */
    public Builder secrets(SecretSource value) {
      secrets = value;
      return this;
    }

    /** Sets {@link BuildRequest#agents}. */
    public Builder agents(SshAgents value) {
      agents = value;
      return this;
    }

    /** Sets {@link BuildRequest#contexts}. */
    public Builder contexts(Map<String, BuildContext> value) {
      contexts = value;
      return this;
    }

    /** Sets {@link BuildRequest#insecure}. */
    public Builder insecure(boolean value) {
      insecure = value;
      return this;
    }

    /** Sets {@link BuildRequest#credentials}. */
    public Builder credentials(Function<String, List<PullOptions.Credentials>> value) {
      credentials = value;
      return this;
    }

    /** The request. */
    public BuildRequest build() {
      return new BuildRequest(
          context,
          dockerfile,
          dockerfileText,
          names,
          target,
          buildArgs,
          labels,
          cacheFrom,
          noCache,
          pull,
          squash,
          platform,
          network,
          hostNetwork,
          extraHosts,
          resources,
          shmBytes,
          rlimits,
          cgroupParent,
          containerLabels,
          secrets,
          agents,
          contexts,
          insecure,
          credentials);
    }
  }
}
