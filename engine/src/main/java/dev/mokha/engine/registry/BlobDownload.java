package dev.mokha.engine.registry;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Ingest;
import dev.mokha.engine.images.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches one blob: from the first endpoint that has it, going on where a broken connection or an
 * earlier try ended, and on to the next endpoint when one only fails.
 */
final class BlobDownload {
  private static final Logger log = LoggerFactory.getLogger(BlobDownload.class);
  private static final int BUFFER = 1 << 16;

  /** Tries in a row that bring no byte, before the next endpoint is asked. */
  private static final int FRUITLESS = 3;

  /** Connections in all: one that breaks after each few bytes is no way to get a blob. */
  private static final int MOST_CONNECTIONS = 50;

  private final ContentStore content;
  private final List<RegistrySession> sessions;
  private final Descriptor blob;
  private final Progress progress;

  BlobDownload(
      ContentStore content, List<RegistrySession> sessions, Descriptor blob, Progress progress) {
    this.content = content;
    this.sessions = sessions;
    this.blob = blob;
    this.progress = progress;
  }

  void run() throws IOException, InterruptedException {
    EngineException last = null;
    for (RegistrySession session : sessions) {
      if (content.contains(blob.digest())) {
        return;
      }
      try (Ingest ingest = content.ingest(blob.digest())) {
        if (content.contains(blob.digest())) {
          return; // another pull had it meanwhile
        }
        fetch(session, ingest);
        ingest.commit(blob.size());
        progress.update(blob.digest().brief(), "Downloaded", blob.size(), blob.size());
        return;
      } catch (EngineException e) {
        log.info("Blob {} does not come from {}: {}", blob.digest(), session, e.getMessage());
        last = e;
      }
    }
    throw last;
  }

  private void fetch(RegistrySession session, Ingest ingest)
      throws IOException, InterruptedException {
    int fruitless = 0;
    for (int connections = 1; ; connections++) {
      long before = ingest.offset();
      if (before == blob.size()) {
        return;
      }
      EngineException failure;
      try {
        transfer(session, ingest);
        return;
      } catch (NetworkException e) {
        failure =
            new EngineException(
                EngineException.Code.UNAVAILABLE,
                "The connection to registry " + session + " broke: " + e.getMessage(),
                e);
      } catch (EngineException e) {
        if (e.code() != EngineException.Code.UNAVAILABLE) {
          throw e;
        }
        failure = e;
      }
      fruitless = ingest.offset() > before ? 0 : fruitless + 1;
      if (fruitless >= FRUITLESS || connections >= MOST_CONNECTIONS) {
        throw failure;
      }
      session.pause(fruitless);
    }
  }

  /** The other side failed, not the disk. */
  private static final class NetworkException extends Exception {
    private static final long serialVersionUID = 1L;

    NetworkException(IOException cause) {
      super(cause.getMessage() == null ? cause.toString() : cause.getMessage(), cause);
    }
  }

  private void transfer(RegistrySession session, Ingest ingest)
      throws IOException, InterruptedException, NetworkException {
    Map<String, String> headers =
        ingest.offset() > 0 ? Map.of("Range", "bytes=" + ingest.offset() + "-") : Map.of();
    HttpResponse<InputStream> response;
    try {
      response = session.get("blobs", blob.digest().toString(), headers);
    } catch (IOException e) {
      throw new NetworkException(e);
    }
    try (InputStream body = response.body();
        Silence silence = Silence.watch(body, session.patience())) {
      String range = response.headers().firstValue("Content-Range").orElse("");
      if (ingest.offset() > 0
          && !(response.statusCode() == 206
              && range.startsWith("bytes " + ingest.offset() + "-"))) {
        ingest.restart(); // it sends everything
      }
      byte[] buffer = new byte[BUFFER];
      while (true) {
        int n;
        try {
          n = body.read(buffer);
        } catch (IOException e) {
          throw new NetworkException(silence.isCut() ? silence.failure() : e);
        }
        if (n < 0) {
          if (silence.isCut()) {
            throw new NetworkException(silence.failure());
          }
          break;
        }
        silence.heard();
        if (blob.size() >= 0 && ingest.offset() + n > blob.size()) {
          ingest.restart();
          throw new EngineException(
              EngineException.Code.CORRUPT,
              "Registry "
                  + session
                  + " sends more of "
                  + blob.digest()
                  + " than the "
                  + blob.size()
                  + " bytes it has");
        }
        ingest.write(buffer, 0, n);
        progress.update(blob.digest().brief(), "Downloading", ingest.offset(), blob.size());
      }
    }
    if (blob.size() >= 0 && ingest.offset() < blob.size()) {
      throw new NetworkException(new IOException("it ended early"));
    }
  }
}
