package dev.mokha.docker.logging;

import java.io.IOException;

/**
 * One container's way to a receiver of logs. It is opened when the container starts, or when a
 * daemon finds one whose log is not wholly sent, and used by one thread.
 *
 * <p>A line that could not be sent is given again, to this driver or to a new one: a driver keeps
 * nothing that was not given to it in the same call. What the receiver does with a line that came
 * twice is the receiver's affair.
 */
public interface LogDriver extends AutoCloseable {
  /**
   * Sends a line, over a connection that is made again when it was lost.
   *
   * @throws IOException when the receiver did not take it, as far as the protocol tells
   */
  void send(LogLine line) throws IOException, InterruptedException;

  /** Gives connections back. */
  @Override
  void close();
}
