package dev.mokha.registry.storage;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/** The uploads under way. */
public final class Uploads {
  private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final String SESSION = "session.json";

  private final Path directory;
  private final InstantSource clock;
  private final Map<String, Upload> known = new ConcurrentHashMap<>();

  Uploads(Path directory, InstantSource clock) throws IOException {
    this.directory = requireNonNull(directory, "directory");
    this.clock = requireNonNull(clock, "clock");
    Files.createDirectories(directory);
  }

  /**
   * Begins an upload.
   *
   * @param algorithm what its digest will probably be made with; another one costs a second reading
   */
  public Upload begin(RepositoryName repository, String algorithm) throws IOException {
    String id = UUID.randomUUID().toString();
    Path own = Files.createDirectory(directory.resolve(id));
    ObjectNode session = Json.MAPPER.createObjectNode();
    session.put("repository", repository.value()).put("algorithm", algorithm);
    Files.write(own.resolve(SESSION), Json.bytes(session));
    Files.createFile(Upload.data(own));
    Upload upload = new Upload(id, repository, own, algorithm);
    known.put(id, upload);
    return upload;
  }

  /**
   * An upload that was begun, maybe by the process before this one.
   *
   * @throws RegistryException when there is none of that name in that repository
   */
  public Upload find(RepositoryName repository, String id) throws IOException {
    if (ID.matcher(id).matches()) {
      Upload upload = known.get(id);
      if (upload == null) {
        upload = restored(id);
      }
      if (upload != null && upload.repository().equals(repository)) {
        return upload;
      }
    }
    throw new RegistryException(
        ErrorCode.BLOB_UPLOAD_UNKNOWN, "there is no such upload in " + repository);
  }

  private Upload restored(String id) throws IOException {
    Path own = directory.resolve(id);
    try {
      ObjectNode session = Json.parseObject(Files.readAllBytes(own.resolve(SESSION)));
      if (!Files.exists(Upload.data(own))) {
        return null;
      }
      RepositoryName repository = new RepositoryName(session.path("repository").asString(""));
      Upload read =
          new Upload(id, repository, own, session.path("algorithm").asString(Digest.SHA256));
      Upload other = known.putIfAbsent(id, read);
      return other == null ? read : other;
    } catch (NoSuchFileException | JacksonException | IllegalArgumentException e) {
      return null; // It was never begun in full.
    }
  }

  /** Forgets an upload that is over, or that only the caller knows of. */
  public void forget(Upload upload) throws IOException {
    known.remove(upload.id(), upload);
    DurableFiles.deleteTree(directory.resolve(upload.id()));
  }

  /** Ends an upload that its client does not want any more. */
  public void cancel(Upload upload) throws IOException, InterruptedException {
    try (Upload.Turn turn = upload.take(Duration.ofSeconds(5))) {
      turn.cancel();
    }
    forget(upload);
  }

  /**
   * Removes uploads to which nothing was added for some time.
   *
   * @return how many
   */
  public int expire(Duration idle) throws IOException {
    Instant limit = clock.instant().minus(idle);
    int gone = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      for (Path own : all) {
        Upload upload = known.get(own.getFileName().toString());
        if (upload != null && !upload.isIdle()) {
          continue;
        }
        Instant last;
        try {
          Path data = Upload.data(own);
          last = Files.getLastModifiedTime(Files.exists(data) ? data : own).toInstant();
        } catch (NoSuchFileException e) {
          continue;
        }
        if (last.isBefore(limit)) {
          if (upload != null) {
            try {
              cancel(upload);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
              return gone;
            }
          } else {
            DurableFiles.deleteTree(own);
          }
          gone++;
        }
      }
    }
    return gone;
  }

  /** How many are under way. */
  public int count() throws IOException {
    int count = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      for (Path ignored : all) {
        count++;
      }
    }
    return count;
  }
}
