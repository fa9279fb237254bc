package dev.mokha.engine.build.context;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.content.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;

/** A file that was fetched over HTTP or HTTPS, as ADD takes it: of root's, mode 0600. */
public final class RemoteFile implements FileNode, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final FileChannel spool;
  private final String digest;
  private final FileStatus status;

  private RemoteFile(FileChannel spool, String digest, FileStatus status) {
    this.spool = spool;
    this.digest = digest;
    this.status = status;
  }

  /**
   * Fetches one.
   *
   * @param directory where it may be kept, without a name
   * @throws BuildException when it can't be had
   */
  public static RemoteFile fetch(URI address, Path directory)
      throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(address).timeout(PATIENCE).GET().build();
    try (HttpClient client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(PATIENCE)
            .build()) {
      HttpResponse<InputStream> response =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        if (response.statusCode() != 200) {
          throw new BuildException(
              "failed to GET " + address + " with status " + response.statusCode());
        }
        return receive(
            body, directory, modified(response.headers().firstValue("Last-Modified").orElse("")));
      }
    } catch (ConnectException e) {
      throw new BuildException("Get \"" + address + "\": connection refused", e);
    }
  }

  private static Instant modified(String text) {
    try {
      return text.isEmpty()
          ? Instant.EPOCH
          : ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }

  private static RemoteFile receive(InputStream in, Path directory, Instant modified)
      throws IOException {
    FileChannel spool = SpoolSlice.nameless(directory);
    boolean done = false;
    try {
      MessageDigest hash = Digest.newHash("sha256");
      byte[] buffer = new byte[1 << 16];
      long size = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hash.update(buffer, 0, n);
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
        while (bytes.hasRemaining()) {
          spool.write(bytes);
        }
        size += n;
      }
      done = true;
      return new RemoteFile(
          spool, HexFormat.of().formatHex(hash.digest()), FileStatus.file(0600, size, modified));
    } finally {
      if (!done) {
        spool.close();
      }
    }
  }

  @Override
  public FileStatus status() {
    return status;
  }

  @Override
  public InputStream open() {
    return new SpoolSlice(spool, 0, status.size());
  }

  @Override
  public String digest() {
    return digest;
  }

  @Override
  public void close() throws IOException {
    spool.close();
  }
}
