package dev.mokha.node.streaming;

import java.io.InputStream;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client's streams to one command: what it types, where output goes, the sizes of its terminal,
 * and at the end a {@code Status} that says how the command ended.
 */
public interface RemoteStreams extends AutoCloseable {
  /**
   * What a client asked for.
   *
   * @param stdin it types
   * @param stdout it wants output
   * @param stderr it wants errors on their own
   * @param tty it has a terminal
   */
  record Wanted(boolean stdin, boolean stdout, boolean stderr, boolean tty) {}

  /** What the client types; empty at once when it does not. */
  InputStream stdin();

  /** Where output goes. */
  Sink stdout();

  /** Where errors go. */
  Sink stderr();

  /** Hears the terminal's sizes, those that came before too. */
  void onResize(ResizeHandler handler);

  /** Is told when the client is gone. */
  void onClose(Runnable handler);

  /** Says how the command ended. */
  void finish(ObjectNode status);

  @Override
  void close();

  /** Hears a terminal's size. */
  @FunctionalInterface
  interface ResizeHandler {
    /** The new size. */
    void resize(int columns, int rows);
  }
}
