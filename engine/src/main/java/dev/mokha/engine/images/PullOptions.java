package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * How to pull.
 *
 * @param credentials tried in order until one is accepted; none for anonymous
 * @param progress hears what happens
 * @param platform which image of an index, {@code os/architecture[/variant]} or only one of the
 *     first two; empty for this machine's
 * @param identity what is shown to the cluster's own registry instead of the node's certificate,
 *     and to no other; empty for that
 */
public record PullOptions(
    List<Credentials> credentials,
    Progress progress,
    String platform,
    Optional<SSLContext> identity) {
  /** Anonymous and silent. */
  public static final PullOptions DEFAULT = new PullOptions(List.of(), Progress.NONE);

  /** Nothing is null. */
  public PullOptions {
    credentials = List.copyOf(credentials);
    requireNonNull(progress);
    requireNonNull(platform);
    requireNonNull(identity);
  }

  /** With the node's own certificate. */
  public PullOptions(List<Credentials> credentials, Progress progress, String platform) {
    this(credentials, progress, platform, Optional.empty());
  }

  /** For this machine's platform. */
  public PullOptions(List<Credentials> credentials, Progress progress) {
    this(credentials, progress, "");
  }

  /**
   * A user at a registry.
   *
   * @param username the user; empty when only a token is given
   * @param password the password
   * @param identityToken an OAuth2 refresh token; empty when a password is given
   */
  public record Credentials(String username, String password, String identityToken) {
    @Override
    public String toString() {
      return "Credentials[" + username + "]";
    }
  }
}
