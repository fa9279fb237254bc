package dev.mokha.registry.mirror;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.metrics.RegistryMetrics;
import dev.mokha.registry.metrics.RegistryMetrics.Content;
import dev.mokha.registry.metrics.RegistryMetrics.Result;
import dev.mokha.registry.storage.BlobStore;
import dev.mokha.registry.storage.Digest;
import dev.mokha.registry.storage.ManifestDocument;
import dev.mokha.registry.storage.Reference;
import dev.mokha.registry.storage.RegistryStorage;
import dev.mokha.registry.storage.Repository;
import dev.mokha.registry.storage.RepositoryName;
import dev.mokha.registry.storage.Tag;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Answers for other registries; see the package's comment. Its methods block. */
public final class Mirror implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Mirror.class);
  private static final Pattern NEXT =
      Pattern.compile("<[^<>?]*[?]([!-;=?-~]{1,2000})>\\s*;[^<]*rel=\"?next\\b");

  private final MirrorConfig config;
  private final RegistryStorage storage;
  private final InstantSource clock;
  private final Upstreams upstreams;
  private final Downloads downloads;
  private final RegistryMetrics metrics;
  private final Map<String, ReentrantLock> manifests = new ConcurrentHashMap<>();

  /** A repository of another registry, and the name it has here. */
  public record Name(String host, RepositoryName remote, RepositoryName kept) {}

  /**
   * A manifest.
   *
   * @param stale whether no upstream could say that this is still so
   */
  public record Manifest(Digest digest, String mediaType, byte[] bytes, boolean stale) {}

  /**
   * A mirror.
   *
   * @param storage its own, in which repositories have their host before their name
   */
  public Mirror(
      MirrorConfig config, RegistryStorage storage, InstantSource clock, RegistryMetrics metrics) {
    this.metrics = requireNonNull(metrics);
    this.config = requireNonNull(config);
    this.storage = requireNonNull(storage);
    this.clock = requireNonNull(clock);
    this.upstreams = new Upstreams(config, clock, metrics);
    this.downloads = new Downloads(config, storage, upstreams);
  }

  /** Whether it answers for a registry's host. */
  public boolean serves(String host) {
    return upstreams.serves(host);
  }

  /** Whether a host is named in the configuration, so that it needs no {@code ns} parameter. */
  public boolean names(String host) {
    return config.hosts().containsKey(host);
  }

  /**
   * A manifest: from here when that is certain or fresh, else from an upstream.
   *
   * @throws RegistryException when there is none, or no upstream answers and none is here
   */
  public Manifest manifest(Name name, Reference reference) throws InterruptedException {
    // Many who ask at once wait for the first, and then find it here.
    String key = name.kept() + "@" + reference;
    ReentrantLock lock = manifests.computeIfAbsent(key, k -> new ReentrantLock());
    lock.lockInterruptibly();
    try {
      return switch (reference) {
        case Digest digest -> byDigest(name, digest);
        case Tag tag -> byTag(name, tag);
      };
    } catch (UpstreamException e) {
      throw refused(e, e.isAbsent() ? ErrorCode.MANIFEST_UNKNOWN : ErrorCode.UNAVAILABLE);
    } catch (IOException e) {
      throw RegistryException.of(e);
    } finally {
      if (!lock.hasQueuedThreads()) {
        manifests.remove(key, lock);
      }
      lock.unlock();
    }
  }

  private static RegistryException refused(UpstreamException e, ErrorCode code) {
    return new RegistryException(code, code.status(), e.getMessage(), List.of(), e);
  }

  private Optional<Manifest> kept(Name name, Reference reference, boolean stale)
      throws IOException {
    Repository repository = storage.repository(name.kept());
    Optional<Repository.Found> found = repository.find(reference);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    return repository
        .manifest(found.get().digest())
        .map(b -> new Manifest(found.get().digest(), found.get().mediaType(), b, stale));
  }

  private Manifest byDigest(Name name, Digest digest) throws IOException, InterruptedException {
    Optional<Manifest> kept = kept(name, digest, false);
    count(Content.MANIFEST, kept.isPresent() ? Result.HIT : Result.MISS);
    return kept.isPresent() ? kept.get() : fetch(name, digest, List.of());
  }

  private Manifest byTag(Name name, Tag tag) throws IOException, InterruptedException {
    Repository repository = storage.repository(name.kept());
    Optional<Manifest> kept = kept(name, tag, false);
    Optional<Instant> checked = repository.taggedAt(tag);
    if (kept.isPresent()
        && checked.isPresent()
        && clock.instant().isBefore(checked.get().plus(config.fresh()))) {
      count(Content.MANIFEST, Result.HIT);
      return kept.get();
    }
    try {
      if (kept.isPresent()) {
        String now = digestNow(name, tag);
        if (now.equals(kept.get().digest().toString())) {
          repository.confirm(tag);
          count(Content.MANIFEST, Result.CONFIRMED);
          return kept.get();
        }
      }
      Manifest fetched = fetch(name, tag, List.of(tag));
      count(Content.MANIFEST, Result.MISS);
      return fetched;
    } catch (UpstreamException e) {
      if (kept.isPresent() && !e.isAbsent()) {
        log.info("{}:{} is served as it was: {}", name.kept(), tag, e.getMessage());
        count(Content.MANIFEST, Result.STALE);
        return kept(name, tag, true).orElseThrow(() -> e);
      }
      count(Content.MANIFEST, Result.MISS);
      throw e;
    }
  }

  private String digestNow(Name name, Tag tag) throws IOException, InterruptedException {
    HttpResponse<InputStream> response = upstreams.ask(name, "HEAD", "manifests/" + tag, accept());
    response.body().close();
    return response.headers().firstValue("Docker-Content-Digest").orElse("");
  }

  private static Map<String, String> accept() {
    return Map.of("Accept", String.join(", ", ManifestDocument.MEDIA_TYPES));
  }

  private Manifest fetch(Name name, Reference reference, List<Tag> tags)
      throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        upstreams.ask(name, "GET", "manifests/" + reference, accept());
    byte[] bytes;
    try (InputStream body = response.body()) {
      bytes = body.readNBytes(ManifestDocument.MAX_BYTES + 1);
    }
    if (bytes.length > ManifestDocument.MAX_BYTES) {
      throw new UpstreamException("an upstream sends a manifest without end", false, null);
    }
    String claimed = response.headers().firstValue("Docker-Content-Digest").orElse("");
    Digest digest =
        switch (reference) {
          case Digest wanted -> wanted;
          case Tag tag -> Digest.of(Digest.SHA256, bytes);
        };
    Digest found = Digest.of(digest.algorithm(), bytes);
    boolean lies =
        reference instanceof Digest
            ? !found.equals(digest)
            : claimed.startsWith("sha256:") && !claimed.equals(found.toString());
    if (lies) {
      throw new UpstreamException(
          "an upstream sends for " + name.kept() + " what has the digest " + found, false, null);
    }
    String type = response.headers().firstValue("Content-Type").orElse("");
    ManifestDocument document;
    try {
      document = ManifestDocument.parse(bytes, type);
    } catch (RegistryException e) {
      throw new UpstreamException("an upstream sends no manifest: " + e.getMessage(), false, e);
    }
    storage.putManifest(name.kept(), document, digest, tags, false);
    return new Manifest(digest, document.mediaType(), bytes, false);
  }

  /** Counts how something could be answered. */
  public void count(Content content, Result result) {
    metrics.mirror(content, result);
  }

  /** A blob's size in bytes if it is here. */
  public OptionalLong blob(Name name, Digest digest) throws IOException {
    return storage.repository(name.kept()).blob(digest);
  }

  /** All blobs that are here. */
  public BlobStore blobs() {
    return storage.blobs();
  }

  /** A blob's size as an upstream says; it is not brought. */
  public long remoteSize(Name name, Digest digest) throws InterruptedException {
    try {
      HttpResponse<InputStream> response = upstreams.ask(name, "HEAD", "blobs/" + digest, Map.of());
      response.body().close();
      return response.headers().firstValueAsLong("Content-Length").orElse(-1);
    } catch (UpstreamException e) {
      throw refused(e, e.isAbsent() ? ErrorCode.BLOB_UNKNOWN : ErrorCode.UNAVAILABLE);
    } catch (IOException e) {
      throw RegistryException.of(e);
    }
  }

  /** Follows the download of a blob that is not here, which begins if nobody follows it yet. */
  public Downloads.Following follow(Name name, Digest digest) throws IOException {
    return downloads.follow(name, digest);
  }

  /**
   * What an upstream answered.
   *
   * @param next the query of the next page, as that upstream wants it; empty when there is none
   * @param filters which filters it says to have applied; empty for none
   */
  public record Passed(JsonNode tree, String next, String filters) {}

  /**
   * Something small that is never kept, such as a list of tags; empty when no upstream answers.
   *
   * @param path below the repository, with a query
   */
  public Optional<Passed> passOn(Name name, String path) throws InterruptedException {
    try {
      HttpResponse<InputStream> response = upstreams.ask(name, "GET", path, Map.of());
      try (InputStream body = response.body()) {
        return Optional.of(
            new Passed(
                Json.MAPPER.readTree(body.readNBytes(ManifestDocument.MAX_BYTES)),
                nextQuery(response.headers().firstValue("Link").orElse("")),
                response.headers().firstValue("OCI-Filters-Applied").orElse("")));
      }
    } catch (JacksonException e) {
      log.info("an upstream of {} sends what is no JSON for {}", name.kept(), path);
      return Optional.empty();
    } catch (UpstreamException e) {
      if (e.isAbsent()) {
        throw refused(e, ErrorCode.NAME_UNKNOWN);
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The query of a {@code Link} to the next page (RFC 8288), whatever host and path it has. */
  private static String nextQuery(String link) {
    Matcher matcher = NEXT.matcher(link);
    return matcher.find() ? matcher.group(1) : "";
  }

  /** The tags that are here. */
  public List<String> tags(Name name) throws IOException {
    return storage.repository(name.kept()).tags();
  }

  /**
   * Removes blobs that nobody used for too long, and the least recently used of too many.
   *
   * @return the bytes that became free
   */
  public long evict() throws IOException {
    List<BlobStore.Stored> all;
    try (Stream<BlobStore.Stored> stream = storage.blobs().all()) {
      all = stream.sorted(Comparator.comparing(BlobStore.Stored::lastUse)).toList();
    }
    long total = all.stream().mapToLong(BlobStore.Stored::size).sum();
    Instant old = clock.instant().minus(config.maxAge());
    long freed = 0;
    for (BlobStore.Stored blob : all) {
      if (!blob.lastUse().isBefore(old) && total - freed <= config.maxBytes()) {
        break;
      }
      freed += storage.blobs().evict(blob.digest(), blob.lastUse());
    }
    return freed;
  }

  @Override
  public void close() {
    upstreams.close();
  }
}
