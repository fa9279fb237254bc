package dev.mokha.docker.http;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * Who is at the other end of a connection: known for sure, from the kernel or a certificate.
 *
 * @param kind how it came
 * @param user the user's name on this machine (its number where it has no name), or the
 *     certificate's common name
 * @param groups its primary group by name; a certificate's organizations
 * @param root whether it is the machine's root
 */
public record Caller(Kind kind, String user, List<String> groups, boolean root) {
  /** How a caller came. */
  public enum Kind {
    /** Over a Unix socket: the kernel says who it is. */
    PEER,
    /** Over TLS: its certificate says so. */
    CERTIFICATE
  }

  /** Nothing may be null. */
  public Caller {
    requireNonNull(kind);
    requireNonNull(user);
    groups = List.copyOf(groups);
  }
}
