package dev.mokha.docker.logging;

import dev.mokha.docker.http.DockerException;
import java.io.IOException;
import java.util.Map;

/** One of Docker's log drivers, such as {@code syslog}. */
public interface LogDriverKind {
  /** Docker's name of it. */
  String name();

  /**
   * Judges options when a container is created; those of all drivers are taken out before.
   *
   * @throws DockerException 400 in dockerd's words
   */
  void check(Map<String, String> options);

  /**
   * Opens the way to the receiver.
   *
   * @throws IOException when there is no such way now; the container does not start then
   */
  LogDriver open(LogSource source, Map<String, String> options)
      throws IOException, InterruptedException;
}
