package dev.mokha.network.ends;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends what a server is made of, when nothing can be done any more about what fails at that. */
public final class Ends {
  private static final Logger LOG = LoggerFactory.getLogger(Ends.class);

  private Ends() {}

  /** Waits until a thread has ended; an interrupt that comes meanwhile is kept. */
  public static void join(Thread thread) {
    boolean interrupted = false;
    while (thread != null && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Closes a socket or selector, or nothing; a failure is of interest to nobody. */
  public static void close(AutoCloseable resource) {
    try {
      if (resource != null) {
        resource.close();
      }
    } catch (Exception e) {
      LOG.debug("{} could not be closed", resource, e);
    }
  }
}
