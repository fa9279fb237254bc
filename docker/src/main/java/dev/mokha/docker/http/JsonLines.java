package dev.mokha.docker.http;

import java.io.IOException;
import java.io.OutputStream;

/** An answer that is one JSON object a line, each sent at once: progress, events, statistics. */
public final class JsonLines implements AutoCloseable {
  private static final byte[] END = {'\r', '\n'};

  private final OutputStream out;

  JsonLines(OutputStream out) {
    this.out = out;
  }

  /**
   * Sends one object. May be called from several threads.
   *
   * @throws IOException when the client is gone
   */
  public synchronized void send(Object tree) throws IOException {
    out.write(Json.MAPPER.writeValueAsBytes(tree));
    out.write(END);
    out.flush();
  }

  /** Sends the headers alone, so that the client knows that its request was taken. */
  public synchronized void begin() throws IOException {
    out.flush();
  }

  /**
   * Tells of a failure in the midst of the stream, as Docker's clients expect it.
   *
   * @throws IOException when the client is gone
   */
  public void fail(int code, String message) throws IOException {
    var line = Json.object();
    var detail = line.putObject("errorDetail");
    if (code != 0) {
      detail.put("code", code);
    }
    detail.put("message", message);
    line.put("error", message);
    send(line);
  }

  /** Ends the answer. */
  @Override
  public void close() throws IOException {
    out.close();
  }
}
