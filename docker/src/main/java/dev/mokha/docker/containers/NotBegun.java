package dev.mokha.docker.containers;

import dev.mokha.engine.containers.Container.ExecSession;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * What a client that waits sees of a command for which the runtime could not even be asked. dockerd
 * has taken over the connection by then, so the reason is told as output: any other answer than a
 * changed protocol is shown by its number alone.
 */
final class NotBegun implements ExecSession {
  /** As shells say that a command can't be executed. */
  private static final int CODE = 126;

  private final String message;
  private final InputStream stdout;

  NotBegun(String message) {
    this.message = message;
    this.stdout = new ByteArrayInputStream((message + "\r\n").getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public OutputStream stdin() {
    return OutputStream.nullOutputStream();
  }

  @Override
  public InputStream stdout() {
    return stdout;
  }

  @Override
  public InputStream stderr() {
    return InputStream.nullInputStream();
  }

  @Override
  public void resize(int columns, int rows) {
    // There is no terminal.
  }

  @Override
  public int pid() {
    return 0;
  }

  @Override
  public String failure() {
    return message;
  }

  @Override
  public int awaitExit() {
    return CODE;
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
