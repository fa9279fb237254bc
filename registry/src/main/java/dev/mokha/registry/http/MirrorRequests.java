package dev.mokha.registry.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.access.AccessControl;
import dev.mokha.registry.metrics.RegistryMetrics.Content;
import dev.mokha.registry.metrics.RegistryMetrics.Result;
import dev.mokha.registry.mirror.Download;
import dev.mokha.registry.mirror.Downloads;
import dev.mokha.registry.mirror.Mirror;
import dev.mokha.registry.mirror.UpstreamException;
import dev.mokha.registry.storage.ManifestDocument;
import dev.mokha.registry.storage.RepositoryName;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Requests for what other registries have: those with the query parameter {@code ns} (distribution
 * spec, "Registry Proxying"), and those whose name begins with the host of a mirrored registry.
 */
public final class MirrorRequests {
  private final Mirror mirror;

  /** Requests to a mirror. */
  public MirrorRequests(Mirror mirror) {
    this.mirror = requireNonNull(mirror);
  }

  /** What a request asks of another registry, if it does. */
  Optional<Mirror.Name> mirrored(Exchange exchange, RepositoryName name) {
    String host = exchange.parameter("ns");
    if (!host.isEmpty() && !host.equals(AccessControl.SERVICE)) {
      return mirror.serves(host)
          ? Optional.of(new Mirror.Name(host, name, RepositoryName.mirrored(host, name)))
          : Optional.empty();
    }
    if (name.isNested() && mirror.names(name.first())) {
      RepositoryName remote =
          RepositoryName.parse(name.value().substring(name.first().length() + 1));
      return Optional.of(new Mirror.Name(name.first(), remote, name));
    }
    return Optional.empty();
  }

  void handle(Exchange exchange, Route.InRepository route, Mirror.Name name)
      throws IOException, InterruptedException {
    String method = exchange.method().name();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      throw new RegistryException(
          ErrorCode.UNSUPPORTED,
          "%s is mirrored from %s, and can only be read here".formatted(name.kept(), name.host()));
    }
    exchange.header("OCI-Namespace", name.host());
    switch (route) {
      case Route.Manifest manifest -> {
        Mirror.Manifest found = mirror.manifest(name, manifest.reference());
        if (found.stale()) {
          exchange.header("Warning", "110 mokha \"no upstream answers; this may be out of date\"");
        }
        ManifestRequests.send(exchange, found.digest(), found.mediaType(), found.bytes());
      }
      case Route.Blob blob -> blob(exchange, blob, name);
      case Route.Tags tags -> tags(exchange, name);
      case Route.Referrers referrers -> referrers(exchange, referrers, name);
      case Route.NewUpload upload -> throw RegistryServer.notAllowed(exchange, "nothing");
      case Route.OldUpload upload -> throw RegistryServer.notAllowed(exchange, "nothing");
    }
  }

  private void blob(Exchange exchange, Route.Blob route, Mirror.Name name)
      throws IOException, InterruptedException {
    boolean here = mirror.blob(name, route.digest()).isPresent();
    mirror.count(Content.BLOB, here ? Result.HIT : Result.MISS);
    if (here) {
      BlobRequests.send(exchange, mirror.blobs(), route.digest());
      return;
    }
    if (exchange.isHead()) {
      long size = mirror.remoteSize(name, route.digest());
      exchange.header("Docker-Content-Digest", route.digest().toString());
      exchange.replyLength(200, Math.max(0, size));
      return;
    }
    try (Downloads.Following following = mirror.follow(name, route.digest())) {
      Download download = following.download();
      long size;
      try {
        size = download.awaitSize();
        if (size <= 0 || !exchange.asked("Range").isEmpty()) {
          download.awaitEnd();
          BlobRequests.send(exchange, mirror.blobs(), route.digest());
          return;
        }
      } catch (IOException e) {
        throw unavailable(e);
      }
      exchange
          .header("Docker-Content-Digest", route.digest().toString())
          .header("Content-Type", "application/octet-stream")
          .header("ETag", "\"" + route.digest() + "\"");
      exchange.begin(200, size);
      long position = 0;
      try {
        for (byte[] piece = download.read(position);
            piece != null;
            piece = download.read(position)) {
          exchange.write(piece);
          position += piece.length;
        }
      } catch (IOException e) {
        exchange.abort();
        return;
      }
      exchange.end();
    }
  }

  private static RegistryException unavailable(IOException e) {
    String said = String.valueOf(e.getMessage());
    if (said.contains("No space left")) {
      return RegistryException.of(e);
    }
    boolean absent = e instanceof UpstreamException upstream && upstream.isAbsent();
    ErrorCode code = absent ? ErrorCode.BLOB_UNKNOWN : ErrorCode.UNAVAILABLE;
    return new RegistryException(code, code.status(), said, List.of(), e);
  }

  private void tags(Exchange exchange, Mirror.Name name) throws IOException, InterruptedException {
    Optional<Mirror.Passed> answer = mirror.passOn(name, "tags/list" + query(exchange));
    ObjectNode list = Json.MAPPER.createObjectNode().put("name", name.remote().value());
    ArrayNode tags = list.putArray("tags");
    if (answer.isPresent()) {
      answer.get().tree().path("tags").forEach(tags::add);
      link(exchange, answer.get());
    } else {
      exchange.header("Warning", "110 mokha \"no upstream answers; these are the tags kept\"");
      ListRequests.page(exchange, mirror.tags(name), exchange.path(), namespace(exchange))
          .forEach(tags::add);
    }
    exchange.reply(200, list);
  }

  private void referrers(Exchange exchange, Route.Referrers route, Mirror.Name name)
      throws InterruptedException {
    Optional<Mirror.Passed> answer;
    try {
      answer = mirror.passOn(name, "referrers/" + route.subject() + query(exchange));
    } catch (RegistryException e) {
      answer = Optional.empty();
    }
    if (answer.isEmpty()) {
      // Not known here; the client falls back to the tag schema, which is mirrored.
      throw new RegistryException(
          ErrorCode.MANIFEST_UNKNOWN, "no upstream lists the referrers of " + route.subject());
    }
    link(exchange, answer.get());
    if (answer.get().filters().equals("artifactType")) {
      exchange.header("OCI-Filters-Applied", "artifactType");
    }
    exchange.header("Content-Type", ManifestDocument.OCI_INDEX).reply(200, answer.get().tree());
  }

  /** What of a request's query is the upstream's to read: cursors are of its own making. */
  private static String query(Exchange exchange) {
    String query = exchange.query();
    String passed =
        Arrays.stream(query.split("&", -1))
            .filter(p -> !p.isEmpty() && !p.startsWith("ns="))
            .collect(Collectors.joining("&"));
    return passed.isEmpty() ? "" : "?" + passed;
  }

  private static String namespace(Exchange exchange) {
    return exchange.hasParameter("ns")
        ? "&ns=" + URLEncoder.encode(exchange.parameter("ns"), StandardCharsets.UTF_8)
        : "";
  }

  /** The next page is at this registry, with the upstream's cursor. */
  private static void link(Exchange exchange, Mirror.Passed answer) {
    if (!answer.next().isEmpty()) {
      exchange.header(
          "Link",
          "<" + exchange.path() + "?" + answer.next() + namespace(exchange) + ">; rel=\"next\"");
    }
  }
}
