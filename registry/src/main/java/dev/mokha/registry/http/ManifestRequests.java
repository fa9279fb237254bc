package dev.mokha.registry.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.storage.Digest;
import dev.mokha.registry.storage.ManifestDocument;
import dev.mokha.registry.storage.Reference;
import dev.mokha.registry.storage.RegistryStorage;
import dev.mokha.registry.storage.Repository;
import dev.mokha.registry.storage.Tag;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Manifests: read, pushed and deleted, by tag or digest. */
final class ManifestRequests {
  private static final Logger log = LoggerFactory.getLogger(ManifestRequests.class);
  private static final int MOST_TAGS = 100;

  private final RegistryStorage storage;
  private final TagRules rules;

  ManifestRequests(RegistryStorage storage, TagRules rules) {
    this.storage = requireNonNull(storage);
    this.rules = requireNonNull(rules);
  }

  void handle(Exchange exchange, Route.Manifest route, String user)
      throws IOException, InterruptedException {
    switch (exchange.method().name()) {
      case "GET", "HEAD" -> get(exchange, route);
      case "PUT" -> put(exchange, route, user);
      case "DELETE" -> delete(exchange, route, user);
      default -> throw RegistryServer.notAllowed(exchange, "GET, HEAD, PUT, DELETE");
    }
  }

  private void get(Exchange exchange, Route.Manifest route) throws IOException {
    Repository repository = storage.repository(route.name());
    Repository.Found found =
        repository
            .find(route.reference())
            .orElseThrow(() -> repository.unknownManifest(route.reference()));
    if (route.reference() instanceof Tag) {
      requireAccepted(exchange, found);
    }
    byte[] bytes =
        repository
            .manifest(found.digest())
            .orElseThrow(() -> repository.unknownManifest(route.reference()));
    send(exchange, found.digest(), found.mediaType(), bytes);
  }

  /** Answers with a manifest. */
  static void send(Exchange exchange, Digest digest, String mediaType, byte[] bytes) {
    String tag = "\"" + digest + "\"";
    exchange.header("Docker-Content-Digest", digest.toString()).header("ETag", tag);
    if (BlobRequests.ifNoneMatch(exchange, tag)) {
      exchange.reply(304);
      return;
    }
    exchange.header("Content-Type", mediaType).reply(200, bytes);
  }

  /**
   * A client that says what it understands, and this is not among it, would fail later and less
   * clearly. A manifest is never converted: it would have another digest.
   */
  private static void requireAccepted(Exchange exchange, Repository.Found found) {
    List<String> headers = exchange.allAsked("Accept");
    boolean says = false;
    for (String header : headers) {
      for (String one : header.split(",", -1)) {
        String type = ManifestDocument.essence(one);
        if (type.equals(found.mediaType())
            || type.equals("*/*")
            || type.equals("application/*")
            || type.equals("application/json")) {
          return;
        }
        says |= type.startsWith("application/vnd.");
      }
    }
    if (says) {
      throw new RegistryException(
          ErrorCode.MANIFEST_UNKNOWN,
          "the manifest is of type "
              + found.mediaType()
              + ", which the client does not accept; use a newer client, or push the image in"
              + " another format");
    }
  }

  private void put(Exchange exchange, Route.Manifest route, String user)
      throws IOException, InterruptedException {
    byte[] bytes = exchange.body().all(ManifestDocument.MAX_BYTES);
    ManifestDocument document = ManifestDocument.parse(bytes, exchange.asked("Content-Type"));
    List<Tag> tags = new ArrayList<>();
    Digest digest;
    switch (route.reference()) {
      case Digest given -> {
        digest = given;
        Digest found = Digest.of(given.algorithm(), bytes);
        if (!found.equals(given)) {
          throw new RegistryException(
              ErrorCode.DIGEST_INVALID, "the manifest has the digest " + found + ", not " + given);
        }
        for (String tag : exchange.parameters("tag")) {
          tags.add(Tag.parse(tag));
        }
        if (tags.size() > MOST_TAGS) {
          throw new RegistryException(
              ErrorCode.TAG_INVALID,
              414,
              "a manifest gets at most " + MOST_TAGS + " tags at once",
              List.of(),
              null);
        }
      }
      case Tag tag -> {
        digest = Digest.of(Digest.SHA256, bytes);
        tags.add(tag);
      }
    }
    Repository repository = storage.repository(route.name());
    for (Tag tag : tags) {
      rules.requireWritable(repository, tag, digest);
    }
    storage.putManifest(route.name(), document, digest, tags, true);
    log.info("{} pushed {}@{} {}", user, route.name(), digest, tags);
    document.subject().ifPresent(s -> exchange.header("OCI-Subject", s.toString()));
    if (route.reference() instanceof Digest && !tags.isEmpty()) {
      exchange.header("OCI-Tag", String.join(", ", tags.stream().map(Tag::name).toList()));
    }
    exchange
        .header("Location", "/v2/" + route.name() + "/manifests/" + route.reference())
        .header("Docker-Content-Digest", digest.toString())
        .reply(201);
  }

  private void delete(Exchange exchange, Route.Manifest route, String user) throws IOException {
    Repository repository = storage.repository(route.name());
    repository.requireExisting();
    Reference reference = route.reference();
    switch (reference) {
      case Digest digest -> {
        for (String tag : repository.tags()) {
          if (repository.tagged(new Tag(tag)).filter(digest::equals).isPresent()) {
            rules.requireDeletable(repository, new Tag(tag));
          }
        }
        repository.deleteManifest(digest);
      }
      case Tag tag -> {
        rules.requireDeletable(repository, tag);
        repository.deleteTag(tag);
      }
    }
    log.info("{} deleted {} {}", user, route.name(), reference);
    exchange.reply(202);
  }
}
