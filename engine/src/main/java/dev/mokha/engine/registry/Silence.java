package dev.mokha.engine.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Cuts a body from which nothing comes for too long: the client's time-outs end at its head. */
final class Silence implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Silence.class);

  private final InputStream body;
  private final Duration patience;
  private final Thread watch;
  private volatile long lastHeard = System.nanoTime();
  private volatile boolean cut;

  private Silence(InputStream body, Duration patience) {
    this.body = body;
    this.patience = patience;
    this.watch = Thread.ofVirtual().name("registry-silence").unstarted(this::run);
  }

  /** Watches a body until this is closed. */
  static Silence watch(InputStream body, Duration patience) {
    Silence silence = new Silence(body, patience);
    silence.watch.start();
    return silence;
  }

  /** Something came. */
  void heard() {
    lastHeard = System.nanoTime();
  }

  /** Whether it was cut: what came is not all then, whatever the stream says. */
  boolean isCut() {
    return cut;
  }

  /** What to say of a body that was cut. */
  IOException failure() {
    return new HttpTimeoutException("nothing came for " + patience.toSeconds() + " s");
  }

  private void run() {
    try {
      while (true) {
        long left = patience.toNanos() - (System.nanoTime() - lastHeard);
        if (left <= 0) {
          cut = true;
          body.close();
          return;
        }
        Thread.sleep(Duration.ofNanos(left).plusMillis(1));
      }
    } catch (InterruptedException done) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      log.debug("A silent connection was cut", e);
    }
  }

  @Override
  public void close() {
    watch.interrupt();
  }
}
