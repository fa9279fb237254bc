package dev.mokha.engine.build;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The SSH agents that {@code RUN --mount=type=ssh} may reach, by id; {@code default} is the one
 * that is meant when none is named. The builder listens on a socket in the step's container, and
 * asks for a connection for each that is made to it. Only what lists keys and signs with them
 * passes (draft-miller-ssh-agent, 3.5 and 3.6); nothing of it comes into cache keys or layers.
 */
public interface SshAgents {
  /** There is none. */
  SshAgents NONE =
      new SshAgents() {
        @Override
        public boolean has(String id) {
          return false;
        }

        @Override
        public Connection connect(String id) throws IOException {
          throw new IOException("there is no SSH agent " + id);
        }
      };

  /** Id of the agent that is meant when none is named. */
  String DEFAULT_ID = "default";

  /** Whether there is one of an id. */
  boolean has(String id) throws IOException, InterruptedException;

  /**
   * A connection to one, whose user closes it; called by several threads at once.
   *
   * @throws IOException when there is no such agent, or it can't be reached
   */
  Connection connect(String id) throws IOException, InterruptedException;

  /** A connection to an agent. Its streams block; closing it ends those who read. */
  interface Connection extends Closeable {
    /** What the agent answers. */
    InputStream answers();

    /** What it is asked; each request is flushed. */
    OutputStream requests();
  }
}
