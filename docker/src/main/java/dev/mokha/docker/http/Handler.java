package dev.mokha.docker.http;

import java.io.IOException;

/** What answers the requests of one route. Runs on a virtual thread and may block. */
@FunctionalInterface
public interface Handler {
  /**
   * Answers a request.
   *
   * @throws DockerException what Docker would say, with its status
   * @throws IOException when the client is gone, or a file can't be read
   */
  void handle(Request request, Response response) throws IOException, InterruptedException;
}
