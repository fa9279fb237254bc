package dev.mokha.docker.http;

import java.util.Optional;

/**
 * What a request is about, found by the route's describer and handed to {@link Request#settle}.
 * Others may remove it while the request is under way: whatever fails then, fails because of that,
 * with words that mean nothing to a client (a file that is not there, a record that can't be
 * written).
 */
public interface Subject {
  /** What a client is told instead of such a failure; empty while the subject is there. */
  Optional<DockerException> gone();
}
