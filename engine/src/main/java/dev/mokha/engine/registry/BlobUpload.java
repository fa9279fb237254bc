package dev.mokha.engine.registry;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.images.Progress;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one blob (distribution spec, section push): not at all when it is there, by a mount when
 * another repository has it, else in one piece; a large one as a stream that goes on where a broken
 * connection ended.
 */
final class BlobUpload {
  private static final Logger log = LoggerFactory.getLogger(BlobUpload.class);

  /** Up to here one request carries it all. */
  private static final long MONOLITHIC = 1 << 20;

  private static final int TRIES = 5;
  private static final int SILENT_TRIES = 2;
  private static final int MAX_MOUNTS = 4;

  private final ContentStore content;
  private final RegistrySession session;
  private final Descriptor blob;
  private final String title;
  private final Progress progress;

  BlobUpload(
      ContentStore content,
      RegistrySession session,
      Descriptor blob,
      String title,
      Progress progress) {
    this.content = content;
    this.session = session;
    this.blob = blob;
    this.title = title;
    this.progress = progress;
  }

  /**
   * Sends it.
   *
   * @param repositories of the same registry that may have it
   */
  void run(Set<String> repositories) throws IOException, InterruptedException {
    EngineException failure = null;
    int silent = 0;
    for (int i = 0; i < TRIES; i++) {
      if (i > 0) {
        log.info("Blob {} is sent again: {}", blob.digest(), failure.getMessage());
        session.pause(i);
      }
      try {
        send(i == 0 ? repositories : Set.of());
        return;
      } catch (IOException e) {
        failure = Registries.unreachable(session.toString(), e);
        // Who says nothing takes long to be noticed: that is not done five times.
        if (e instanceof HttpTimeoutException && ++silent == SILENT_TRIES) {
          throw failure;
        }
      } catch (EngineException e) {
        if (e.code() != EngineException.Code.UNAVAILABLE) {
          throw e;
        }
        failure = e;
      }
    }
    throw failure;
  }

  private void send(Set<String> repositories) throws IOException, InterruptedException {
    if (isThere()) {
      tell("Present", blob.size());
      return;
    }
    URI location = null;
    for (String other : repositories.stream().sorted().limit(MAX_MOUNTS).toList()) {
      if (location != null) {
        cancel(location);
      }
      try {
        location = begin("?mount=" + encode(blob.digest().toString()) + "&from=" + encode(other));
        if (location == null) {
          tell("Mounted", blob.size());
          return;
        }
      } catch (EngineException e) {
        log.debug("No mount from {}: {}", other, e.getMessage());
      }
    }
    if (location == null) {
      location = begin("");
    }
    if (location == null) {
      throw unexpected("has a blob before it was sent");
    }
    try {
      if (blob.size() > MONOLITHIC) {
        location = stream(location);
        finish(location, 0);
      } else {
        finish(location, blob.size());
      }
    } catch (IOException | EngineException e) {
      cancel(location);
      throw e;
    }
    tell("Pushed", blob.size());
  }

  private boolean isThere() throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        session.exchange(
            "HEAD",
            session.endpoint().resource(session.repository(), "blobs", blob.digest().toString()),
            Map.of(),
            RegistrySession.NO_BODY);
    if (response.statusCode() == 401 || response.statusCode() == 403) {
      throw session.refusal(response, "blob");
    }
    response.body().close();
    return response.statusCode() == 200;
  }

  /** Begins an upload; null when the registry has mounted the blob instead. */
  private URI begin(String query) throws IOException, InterruptedException {
    URI uri =
        URI.create(session.endpoint().resource(session.repository(), "blobs", "uploads/") + query);
    HttpResponse<InputStream> response =
        session.exchange("POST", uri, Map.of(), RegistrySession.NO_BODY);
    if (response.statusCode() == 201 && !query.isEmpty()) {
      response.body().close();
      return null;
    }
    if (response.statusCode() != 202) {
      throw session.refusal(response, "upload");
    }
    response.body().close();
    return next(uri, response);
  }

  private URI next(URI asked, HttpResponse<InputStream> response) {
    String location =
        response.headers().firstValue("Location").orElseThrow(() -> unexpected("names no upload"));
    try {
      return asked.resolve(location);
    } catch (IllegalArgumentException e) {
      throw unexpected("names an upload that is no address: " + location);
    }
  }

  /** Sends all of it; where to finish. */
  private URI stream(URI begun) throws IOException, InterruptedException {
    URI location = begun;
    long offset = 0;
    int fruitless = 0;
    while (offset < blob.size()) {
      try {
        return patch(location, offset);
      } catch (HttpTimeoutException e) {
        throw e;
      } catch (IOException e) {
        log.info("The upload of {} broke: {}", blob.digest(), e.getMessage());
        session.pause(fruitless);
        HttpResponse<InputStream> response =
            session.exchange("GET", location, Map.of(), RegistrySession.NO_BODY);
        response.body().close();
        if (response.statusCode() != 204) {
          throw e;
        }
        long arrived = arrived(response);
        fruitless = arrived > offset ? 0 : fruitless + 1;
        if (fruitless > 2) {
          throw e;
        }
        offset = arrived;
        if (response.headers().firstValue("Location").isPresent()) {
          location = next(location, response);
        }
      }
    }
    return location;
  }

  private static long arrived(HttpResponse<InputStream> response) {
    String range = response.headers().firstValue("Range").orElse("");
    // "0-0" is what registries say of an upload that has nothing yet, too.
    if (!range.matches("(bytes=)?0-\\d{1,18}")) {
      return 0;
    }
    long last = Long.parseLong(range.substring(range.indexOf('-') + 1));
    return last == 0 ? 0 : last + 1;
  }

  private URI patch(URI location, long offset) throws IOException, InterruptedException {
    Map<String, String> headers =
        offset == 0
            ? Map.of("Content-Type", "application/octet-stream")
            : Map.of(
                "Content-Type",
                "application/octet-stream",
                "Content-Range",
                offset + "-" + (blob.size() - 1));
    HttpResponse<InputStream> response =
        session.exchange("PATCH", location, headers, () -> body(offset));
    if (response.statusCode() != 202) {
      throw session.refusal(response, "upload");
    }
    response.body().close();
    return next(location, response);
  }

  private void finish(URI location, long rest) throws IOException, InterruptedException {
    String separator = location.getRawQuery() == null ? "?" : "&";
    URI uri = URI.create(location + separator + "digest=" + encode(blob.digest().toString()));
    HttpResponse<InputStream> response =
        session.exchange(
            "PUT",
            uri,
            Map.of("Content-Type", "application/octet-stream"),
            rest == 0 ? RegistrySession.NO_BODY : () -> body(0));
    if (response.statusCode() != 201 && response.statusCode() != 204) {
      throw session.refusal(response, "blob " + blob.digest());
    }
    response.body().close();
  }

  private BodyPublisher body(long offset) {
    BodyPublisher stream =
        BodyPublishers.ofInputStream(
            () -> {
              try {
                InputStream in = content.open(blob.digest());
                in.skipNBytes(offset);
                return new Counted(in, offset);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    long length = blob.size() - offset;
    return length == 0 ? BodyPublishers.noBody() : BodyPublishers.fromPublisher(stream, length);
  }

  private final class Counted extends FilterInputStream {
    private long sent;

    Counted(InputStream in, long offset) {
      super(in);
      sent = offset;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int n = super.read(bytes, from, length);
      if (n > 0) {
        sent += n;
        session.moved();
        tell("Pushing", sent);
      }
      return n;
    }
  }

  /** The registry forgets an upload that nobody will finish; it would by itself, some day. */
  private void cancel(URI location) throws InterruptedException {
    try {
      session.exchange("DELETE", location, Map.of(), RegistrySession.NO_BODY).body().close();
    } catch (IOException | EngineException e) {
      log.debug("An upload was not cancelled: {}", e.getMessage());
    }
  }

  private void tell(String action, long done) {
    if (!title.isEmpty()) {
      progress.update(title, action, done, blob.size());
    }
  }

  private EngineException unexpected(String what) {
    return new EngineException(
        EngineException.Code.UNAVAILABLE, "Registry " + session + " " + what);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
