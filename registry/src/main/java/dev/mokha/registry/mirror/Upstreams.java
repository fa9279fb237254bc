package dev.mokha.registry.mirror;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.metrics.RegistryMetrics;
import dev.mokha.registry.storage.RepositoryName;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The upstreams of each host: those configured in their order, and at last the host itself. */
final class Upstreams implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Upstreams.class);
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final String DOCKER_HUB = "docker.io";
  private static final URI DOCKER_HUB_API = URI.create("https://registry-1.docker.io");
  private static final String ANY = "*";

  /** Clients choose hosts where any is served: what is remembered of them must not grow. */
  private static final int MOST_HOSTS = 1000;

  private final MirrorConfig config;
  private final InstantSource clock;
  private final RegistryMetrics metrics;
  private final HttpClient http;
  private final Map<String, List<Upstream>> byHost = new ConcurrentHashMap<>();
  private final Map<MirrorConfig.Source, Upstream> bySource = new ConcurrentHashMap<>();

  Upstreams(MirrorConfig config, InstantSource clock, RegistryMetrics metrics) {
    this.config = requireNonNull(config, "config");
    this.clock = requireNonNull(clock, "clock");
    this.metrics = requireNonNull(metrics, "metrics");
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
  }

  boolean serves(String host) {
    return RepositoryName.isHost(host)
        && (config.hosts().containsKey(host) || config.hosts().containsKey(ANY));
  }

  private List<Upstream> upstreams(String host) {
    List<Upstream> known = byHost.get(host);
    if (known != null) {
      return known;
    }
    List<MirrorConfig.Source> sources =
        new ArrayList<>(
            config.hosts().getOrDefault(host, config.hosts().getOrDefault(ANY, List.of())));
    URI origin = host.equals(DOCKER_HUB) ? DOCKER_HUB_API : URI.create("https://" + host);
    if (sources.stream().noneMatch(s -> origin.getAuthority().equals(s.base().getAuthority()))) {
      sources.add(MirrorConfig.Source.of(origin));
    }
    List<Upstream> made =
        sources.stream()
            .map(
                s ->
                    bySource.computeIfAbsent(
                        s, x -> new Upstream(http, x, config.patience(), clock, metrics)))
            .toList();
    if (byHost.size() < MOST_HOSTS) {
      byHost.put(host, made);
    }
    return made;
  }

  /** Those worth asking; all of them when none is. */
  List<Upstream> worthAsking(String host) {
    List<Upstream> all = upstreams(host);
    List<Upstream> alive = all.stream().filter(Upstream::isAlive).toList();
    return alive.isEmpty() ? all : alive;
  }

  /**
   * Asks one upstream after another.
   *
   * @return the first answer of status 200 or 206, whose body must be closed
   * @throws UpstreamException when none gives one: absent only if all say so
   */
  HttpResponse<InputStream> ask(
      Mirror.Name name, String method, String path, Map<String, String> headers)
      throws IOException, InterruptedException {
    UpstreamException absent = null;
    UpstreamException failed = null;
    for (Upstream upstream : worthAsking(name.host())) {
      try {
        return upstream.ask(method, name.remote().value(), path, headers);
      } catch (UpstreamException e) {
        log.debug("{}", e.getMessage());
        if (e.isAbsent()) {
          absent = e;
        } else {
          failed = e;
        }
      }
    }
    throw failed != null ? failed : absent;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
