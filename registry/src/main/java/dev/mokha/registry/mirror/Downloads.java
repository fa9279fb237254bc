package dev.mokha.registry.mirror;

import static java.util.Objects.requireNonNull;

import dev.mokha.registry.storage.Digest;
import dev.mokha.registry.storage.RegistryStorage;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The downloads under way: one for each blob, however many clients follow it. */
public final class Downloads {
  private static final Logger log = LoggerFactory.getLogger(Downloads.class);

  private final MirrorConfig config;
  private final RegistryStorage storage;
  private final Upstreams upstreams;
  private final Map<String, Shared> running = new HashMap<>();

  /** A download, and how many have not let go of it: its file is closed with the last. */
  private static final class Shared {
    private final Download download;
    private int users = 1;

    Shared(Download download) {
      this.download = download;
    }
  }

  Downloads(MirrorConfig config, RegistryStorage storage, Upstreams upstreams) {
    this.config = requireNonNull(config, "config");
    this.storage = requireNonNull(storage, "storage");
    this.upstreams = requireNonNull(upstreams, "upstreams");
  }

  /** Somebody who follows a download; to be closed. */
  public final class Following implements AutoCloseable {
    private final String key;
    private final Shared shared;

    private Following(String key, Shared shared) {
      this.key = key;
      this.shared = shared;
    }

    /** What is followed. */
    public Download download() {
      return shared.download;
    }

    @Override
    public void close() {
      release(key, shared);
    }
  }

  /** Follows the download of a blob that is not here, which begins if nobody follows it yet. */
  Following follow(Mirror.Name name, Digest digest) throws IOException {
    String key = name.kept() + "@" + digest;
    synchronized (running) {
      Shared known = running.get(key);
      if (known != null) {
        known.users++;
        return new Following(key, known);
      }
      Download download =
          new Download(
              digest,
              name.remote().value(),
              upstreams.worthAsking(name.host()),
              config.patience(),
              storage.scratch());
      Shared shared = new Shared(download);
      shared.users++;
      running.put(key, shared);
      Thread.ofVirtual()
          .name("mirror-" + digest)
          .start(
              () -> {
                download.run(file -> storage.keep(name.kept(), digest, file));
                synchronized (running) {
                  running.remove(key, shared);
                }
                release(key, shared);
              });
      return new Following(key, shared);
    }
  }

  private void release(String key, Shared shared) {
    synchronized (running) {
      if (--shared.users > 0) {
        return;
      }
      running.remove(key, shared);
    }
    try {
      shared.download.release();
    } catch (IOException e) {
      log.debug("a download's file could not be closed", e);
    }
  }
}
