package dev.mokha.registry.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.storage.BlobStore;
import dev.mokha.registry.storage.Digest;
import dev.mokha.registry.storage.RegistryStorage;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Blobs: read whole or in part, and deleted. */
final class BlobRequests {
  private final RegistryStorage storage;

  BlobRequests(RegistryStorage storage) {
    this.storage = requireNonNull(storage);
  }

  void handle(Exchange exchange, Route.Blob route) throws IOException {
    switch (exchange.method().name()) {
      case "GET", "HEAD" -> get(exchange, route);
      case "DELETE" -> {
        storage.repository(route.name()).requireExisting();
        storage.repository(route.name()).deleteBlob(route.digest());
        exchange.reply(202);
      }
      default -> throw RegistryServer.notAllowed(exchange, "GET, HEAD, DELETE");
    }
  }

  private void get(Exchange exchange, Route.Blob route) throws IOException {
    OptionalLong size = storage.repository(route.name()).blob(route.digest());
    if (size.isEmpty()) {
      throw unknown(route);
    }
    send(exchange, storage.blobs(), route.digest());
  }

  static RegistryException unknown(Route.Blob route) {
    return new RegistryException(
        ErrorCode.BLOB_UNKNOWN,
        ErrorCode.BLOB_UNKNOWN.status(),
        "there is no blob " + route.digest() + " in " + route.name(),
        List.of(route.digest().toString()),
        null);
  }

  /** Answers with a blob that is on disk, as the request wants it. */
  static void send(Exchange exchange, BlobStore blobs, Digest digest) throws IOException {
    Optional<FileChannel> open = blobs.open(digest);
    if (open.isEmpty()) {
      throw new RegistryException(ErrorCode.BLOB_UNKNOWN, "the blob was just removed");
    }
    FileChannel file = open.get();
    boolean sent = false;
    try {
      long size = file.size();
      String tag = "\"" + digest + "\"";
      exchange
          .header("Docker-Content-Digest", digest.toString())
          .header("ETag", tag)
          .header("Accept-Ranges", "bytes")
          // Content of a digest never changes.
          .header("Cache-Control", "max-age=31536000, immutable");
      if (ifNoneMatch(exchange, tag)) {
        exchange.reply(304);
        return;
      }
      exchange.header("Content-Type", "application/octet-stream");
      if (exchange.isHead()) {
        exchange.replyLength(200, size);
        return;
      }
      String wanted = exchange.asked("Range");
      String onlyIf = exchange.asked("If-Range");
      Optional<ByteRange> part =
          wanted.isEmpty() || !onlyIf.isEmpty() && !onlyIf.equals(tag)
              ? Optional.empty()
              : ByteRange.requested(wanted, size);
      if (part.isPresent()) {
        ByteRange p = part.get();
        exchange.header("Content-Range", "bytes " + p.first() + "-" + p.last() + "/" + size);
        exchange.replyFile(206, file, p);
        sent = true;
      } else if (size == 0) {
        exchange.reply(200);
      } else {
        exchange.replyFile(200, file, new ByteRange(0, size - 1));
        sent = true;
      }
    } catch (ByteRange.Unsatisfiable e) {
      exchange.header("Content-Range", "bytes */" + file.size());
      throw new RegistryException(
          ErrorCode.SIZE_INVALID,
          416,
          "the range is not in the blob, which has " + file.size() + " bytes",
          List.of(),
          e);
    } finally {
      if (!sent) {
        file.close();
      }
    }
  }

  /** Whether the client has what it asks for (RFC 9110, section 13.1.2). */
  static boolean ifNoneMatch(Exchange exchange, String tag) {
    for (String header : exchange.allAsked("If-None-Match")) {
      for (String one : header.split(",", -1)) {
        String known = one.strip();
        if (known.equals(tag) || known.equals("W/" + tag) || known.equals("*")) {
          return true;
        }
      }
    }
    return false;
  }
}
