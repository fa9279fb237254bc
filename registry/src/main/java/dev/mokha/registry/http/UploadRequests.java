package dev.mokha.registry.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.access.Action;
import dev.mokha.registry.access.Caller;
import dev.mokha.registry.storage.Digest;
import dev.mokha.registry.storage.RegistryStorage;
import dev.mokha.registry.storage.RepositoryName;
import dev.mokha.registry.storage.Upload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Uploads of blobs (distribution spec, "Pushing blobs"). */
final class UploadRequests {
  /** How long a request waits for one before it that has not noticed that it was cut off. */
  private static final Duration TURN = Duration.ofSeconds(10);

  private final RegistryStorage storage;

  UploadRequests(RegistryStorage storage) {
    this.storage = requireNonNull(storage);
  }

  void handle(Exchange exchange, Route.NewUpload route, Caller caller)
      throws IOException, InterruptedException {
    if (!exchange.method().name().equals("POST")) {
      throw RegistryServer.notAllowed(exchange, "POST");
    }
    String mount = exchange.parameter("mount");
    if (!mount.isEmpty() && mounted(exchange, route.name(), mount, caller)) {
      return;
    }
    String digest = exchange.parameter("digest");
    if (!digest.isEmpty()) {
      monolithic(exchange, route.name(), Digest.parse(digest));
      return;
    }
    String algorithm = exchange.parameter("digest-algorithm");
    if (!algorithm.isEmpty() && !Digest.supports(algorithm)) {
      throw new RegistryException(
          ErrorCode.DIGEST_INVALID,
          "this registry knows no digests of " + algorithm + "; use sha256 or sha512");
    }
    Upload upload =
        storage.uploads().begin(route.name(), algorithm.isEmpty() ? Digest.SHA256 : algorithm);
    progress(exchange, upload, 0);
    exchange.reply(202);
  }

  /**
   * Mounts a blob of another repository that the caller may read. Where none is named, any will do.
   * If it can't be, an upload begins instead, as the spec has it.
   */
  private boolean mounted(Exchange exchange, RepositoryName into, String mount, Caller caller)
      throws IOException {
    Digest digest = Digest.parse(mount);
    boolean has = storage.repository(into).blob(digest).isPresent();
    if (!has) {
      String from = exchange.parameter("from");
      has =
          from.isEmpty() ? anyHas(digest, caller) : may(caller, RepositoryName.parse(from), digest);
    }
    if (!has || !storage.mount(into, digest)) {
      return false;
    }
    created(exchange, into, digest);
    return true;
  }

  private boolean may(Caller caller, RepositoryName from, Digest digest) throws IOException {
    return storage.repository(from).blob(digest).isPresent() && caller.may(Action.PULL, from);
  }

  private boolean anyHas(Digest digest, Caller caller) throws IOException {
    if (storage.blobs().size(digest).isEmpty()) {
      return false;
    }
    for (String name : storage.repositories("")) {
      if (may(caller, new RepositoryName(name), digest)) {
        return true;
      }
    }
    return false;
  }

  private void monolithic(Exchange exchange, RepositoryName name, Digest digest)
      throws IOException, InterruptedException {
    Upload upload = storage.uploads().begin(name, digest.algorithm());
    try (Upload.Turn turn = upload.take(TURN)) {
      receive(exchange, turn);
      storage.finish(turn, digest);
    } finally {
      // If it failed: its client was never told its name, so nobody could go on with it.
      storage.uploads().forget(upload);
    }
    created(exchange, name, digest);
  }

  void handle(Exchange exchange, Route.OldUpload route) throws IOException, InterruptedException {
    Upload upload = storage.uploads().find(route.name(), route.id());
    switch (exchange.method().name()) {
      case "GET", "HEAD" -> {
        progress(exchange, upload, upload.offset());
        exchange.reply(204);
      }
      case "PATCH" -> {
        long offset;
        try (Upload.Turn turn = upload.take(TURN)) {
          append(exchange, turn);
          offset = turn.offset();
        }
        progress(exchange, upload, offset);
        exchange.reply(202);
      }
      case "PUT" -> {
        String text = exchange.parameter("digest");
        if (text.isEmpty()) {
          throw new RegistryException(
              ErrorCode.DIGEST_INVALID, "the query parameter digest is missing");
        }
        Digest digest = Digest.parse(text);
        try (Upload.Turn turn = upload.take(TURN)) {
          append(exchange, turn);
          storage.finish(turn, digest);
        }
        created(exchange, route.name(), digest);
      }
      case "DELETE" -> {
        storage.uploads().cancel(upload);
        exchange.reply(204);
      }
      default -> throw RegistryServer.notAllowed(exchange, "GET, PATCH, PUT, DELETE");
    }
  }

  /** Adds a chunk, which must begin where the upload ends. */
  private static void append(Exchange exchange, Upload.Turn turn)
      throws IOException, InterruptedException {
    String header = exchange.asked("Content-Range");
    if (header.isEmpty()) {
      receive(exchange, turn);
      return;
    }
    Optional<ByteRange> range = ByteRange.sent(header);
    if (range.isEmpty()) {
      throw new RegistryException(
          ErrorCode.BLOB_UPLOAD_INVALID,
          "\"" + header + "\" is not a range of bytes; it must be FIRST-LAST");
    }
    long begin = turn.offset();
    if (range.get().first() != begin) {
      progress(exchange, turn.upload(), begin);
      throw new RegistryException(
          ErrorCode.BLOB_UPLOAD_INVALID,
          416,
          "the chunk begins at %d, and the upload ends at %d".formatted(range.get().first(), begin),
          List.of(),
          null);
    }
    receive(exchange, turn);
    if (turn.offset() - begin != range.get().length()) {
      long came = turn.offset() - begin;
      turn.truncate(begin);
      throw new RegistryException(
          ErrorCode.SIZE_INVALID,
          "the chunk has %d bytes, and its range %d".formatted(came, range.get().length()));
    }
  }

  private static void receive(Exchange exchange, Upload.Turn turn)
      throws IOException, InterruptedException {
    IncomingBody body = exchange.body();
    for (byte[] part = body.next(); part != null; part = body.next()) {
      turn.write(ByteBuffer.wrap(part));
    }
  }

  private static void progress(Exchange exchange, Upload upload, long offset) {
    exchange
        .header("Location", "/v2/" + upload.repository() + "/blobs/uploads/" + upload.id())
        .header("Docker-Upload-UUID", upload.id())
        // Nothing can't be written as a range; clients take 0-0 for it, as Docker's registry does.
        .header("Range", "0-" + Math.max(0, offset - 1));
  }

  private static void created(Exchange exchange, RepositoryName name, Digest digest) {
    exchange
        .header("Location", "/v2/" + name + "/blobs/" + digest)
        .header("Docker-Content-Digest", digest.toString())
        .reply(201);
  }
}
