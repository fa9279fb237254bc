package dev.mokha.engineclient;

import dev.mokha.engineclient.http.Transport.Duplex;
import java.io.IOException;
import java.io.OutputStream;

/**
 * The streams of a process in a container. Close its input with {@link #endInput}; its output goes
 * on until it ends.
 */
public final class Session implements AutoCloseable {
  private final Duplex duplex;
  private final Frames output;

  Session(Duplex duplex, boolean terminal) {
    this.duplex = duplex;
    this.output = new Frames(duplex.in(), duplex, terminal);
  }

  /** What the process reads. */
  public OutputStream input() {
    return duplex.out();
  }

  /** Tells the process that its input has ended. */
  public void endInput() {
    try {
      duplex.shutdownOutput();
    } catch (IOException e) {
      throw EngineClient.broken(e);
    }
  }

  /** What it writes. */
  public Frames output() {
    return output;
  }

  /** Leaves; the process goes on. */
  @Override
  public void close() {
    duplex.close();
  }
}
