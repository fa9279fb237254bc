package dev.mokha.engine.registry;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.content.MediaTypes;
import dev.mokha.engine.images.ImagePolicy;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.images.PullOptions.Credentials;
import dev.mokha.engine.images.Reference;
import dev.mokha.engine.images.RemoteImage;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The registries an engine talks with, and what else but images they are asked for. */
public final class Registries {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MAX_DOCUMENT = 8 << 20;
  private static final int MAX_PAGES = 1000;
  private static final Pattern NEXT = Pattern.compile("<([^>]+)>\\s*;\\s*rel=\"?next\"?");

  private final EngineConfig config;
  private final Duration patience;
  private final Map<Optional<SSLContext>, HttpClient> clients = new ConcurrentHashMap<>();

  /** Those of an engine. */
  public Registries(EngineConfig config) {
    this(config, PATIENCE);
  }

  /** The same with another patience for those that say nothing, for tests. */
  Registries(EngineConfig config, Duration patience) {
    this.config = requireNonNull(config);
    this.patience = requireNonNull(patience);
  }

  /** A client is made when first one is needed: an engine that pulls nothing has none. */
  private HttpClient client(Endpoint endpoint) {
    return clients.computeIfAbsent(
        endpoint.tls(),
        tls -> {
          HttpClient.Builder builder =
              HttpClient.newBuilder()
                  // Layers side by side want connections of their own.
                  .version(HttpClient.Version.HTTP_1_1)
                  .connectTimeout(CONNECT)
                  .followRedirects(HttpClient.Redirect.NEVER)
                  .executor(Executors.newVirtualThreadPerTaskExecutor());
          tls.ifPresent(builder::sslContext);
          return builder.build();
        });
  }

  /** Clients of an endpoint: the one to ask now, and what to do when it has lost a connection. */
  private final class Clients implements RegistrySession.Clients {
    private final Endpoint endpoint;

    Clients(Endpoint endpoint) {
      this.endpoint = endpoint;
    }

    @Override
    public HttpClient now() {
      return client(endpoint);
    }

    @Override
    public void giveUp(HttpClient broken) {
      if (clients.remove(endpoint.tls(), broken)) {
        broken.shutdown(); // what it has under way ends well, and all its connections then
      }
    }
  }

  /** What may be pulled. */
  ImagePolicy policy() {
    return config.imagePolicy();
  }

  /** Sessions with all that may have a name's image: the mirrors in order, then the registry. */
  List<RegistrySession> sessions(Reference name, List<Credentials> credentials) {
    return sessions(name, credentials, Optional.empty());
  }

  /** The same as whoever asks; {@code identity} is for the cluster's own registry alone. */
  List<RegistrySession> sessions(Reference name, PullOptions options) {
    return sessions(name, options.credentials(), options.identity());
  }

  private List<RegistrySession> sessions(
      Reference name, List<Credentials> credentials, Optional<SSLContext> identity) {
    return Endpoint.of(name.registry(), config).stream()
        .map(endpoint -> endpoint.as(identity))
        .map(endpoint -> session(endpoint, name.repository(), credentials))
        .toList();
  }

  /** A session with the registry itself. */
  RegistrySession origin(Reference name, List<Credentials> credentials) {
    return sessions(name, credentials).getLast();
  }

  private RegistrySession session(
      Endpoint endpoint, String repository, List<Credentials> credentials) {
    return new RegistrySession(
        new Clients(endpoint),
        endpoint,
        repository,
        endpoint.origin() ? credentials : List.of(),
        patience);
  }

  /** Asks a registry whether it knows a user (distribution spec, section API version check). */
  public void authenticate(String registry, Credentials credentials) {
    Endpoint endpoint = Endpoint.of(registry, config).getLast();
    RegistrySession session = session(endpoint, "", List.of(credentials));
    asking(
        registry,
        () -> {
          HttpResponse<InputStream> response =
              session.exchange("GET", endpoint.root(), Map.of(), RegistrySession.NO_BODY);
          if (response.statusCode() == 200) {
            response.body().close();
            return null;
          }
          throw session.refusal(response, "");
        });
  }

  /** All tags of a repository (distribution spec, section content discovery). */
  public List<String> tags(Reference name, List<Credentials> credentials) {
    RegistrySession session = origin(name, credentials);
    return asking(
        name.registry(),
        () -> {
          List<String> tags = new ArrayList<>();
          URI next = session.endpoint().resource(session.repository(), "tags", "list");
          for (int page = 0; next != null && page < MAX_PAGES; page++) {
            URI asked = next;
            HttpResponse<InputStream> response =
                session.exchange("GET", asked, Map.of(), RegistrySession.NO_BODY);
            if (response.statusCode() != 200) {
              throw session.refusal(response, "list of tags");
            }
            document(session.read(response, MAX_DOCUMENT))
                .path("tags")
                .forEach(tag -> tags.add(tag.asString("")));
            next = nextPage(asked, response.headers().firstValue("Link").orElse(""));
            if (next != null && !asked.getAuthority().equals(next.getAuthority())) {
              next = null; // a page elsewhere is no page of this list
            }
          }
          return tags;
        });
  }

  /** What a name stands for at its registry now; nothing is kept of it. */
  public RemoteImage resolve(Reference name, List<Credentials> credentials) {
    RegistrySession session = origin(name, credentials);
    return asking(
        name.registry(),
        () -> {
          HttpResponse<InputStream> response =
              session.get(
                  "manifests",
                  name.wanted(),
                  Map.of("Accept", String.join(", ", MediaTypes.MANIFESTS)));
          byte[] bytes = session.read(response, Manifest.MAX_BYTES);
          String type =
              response.headers().firstValue("Content-Type").orElse("").split(";", -1)[0].strip();
          Digest digest = Digest.of(bytes);
          if (name.digest().isPresent() && !name.digest().get().equals(digest)) {
            throw new EngineException(
                EngineException.Code.CORRUPT,
                "Registry " + session + " sends a manifest of digest " + digest);
          }
          return switch (Manifest.parse(bytes, type)) {
            case Manifest.Index index ->
                new RemoteImage(
                    Descriptor.of(index.mediaType(), digest, bytes.length),
                    index.manifests().stream()
                        .map(d -> platform(d.os(), d.architecture(), d.variant()))
                        .toList());
            case Manifest.Single single ->
                new RemoteImage(
                    Descriptor.of(single.mediaType(), digest, bytes.length),
                    List.of(platform(session, single.config())));
          };
        });
  }

  private static URI nextPage(URI asked, String header) {
    Matcher link = NEXT.matcher(header);
    try {
      return link.find() ? asked.resolve(link.group(1)) : null;
    } catch (IllegalArgumentException e) {
      throw new EngineException(
          EngineException.Code.UNAVAILABLE, "A registry names a next page that is no address", e);
    }
  }

  private static String platform(RegistrySession session, Descriptor config)
      throws IOException, InterruptedException {
    HttpResponse<InputStream> response = session.get("blobs", config.digest().toString(), Map.of());
    JsonNode root = document(session.read(response, MAX_DOCUMENT));
    return platform(
        root.path("os").asString(""),
        root.path("architecture").asString(""),
        root.path("variant").asString(""));
  }

  private static String platform(String os, String architecture, String variant) {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }

  private static JsonNode document(byte[] bytes) {
    try {
      return JsonMapper.shared().readTree(bytes);
    } catch (JacksonException e) {
      throw new EngineException(
          EngineException.Code.UNAVAILABLE, "A registry answers what is not JSON", e);
    }
  }

  @FunctionalInterface
  private interface Question<T> {
    T ask() throws IOException, InterruptedException;
  }

  private static <T> T asking(String registry, Question<T> question) {
    try {
      return question.ask();
    } catch (IOException e) {
      throw unreachable(registry, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          EngineException.Code.UNAVAILABLE, "Asking registry " + registry + " was interrupted", e);
    }
  }

  static EngineException unreachable(String registry, IOException e) {
    return new EngineException(
        EngineException.Code.UNAVAILABLE,
        "Registry "
            + registry
            + " can't be reached ("
            + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage())
            + "); look at the network, or set up a mirror",
        e);
  }
}
