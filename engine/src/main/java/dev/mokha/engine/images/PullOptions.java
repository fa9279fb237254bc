package dev.mokha.engine.images;

import java.util.List;

/**
 * How to pull.
 *
 * @param credentials tried in order until one is accepted; none for anonymous
 * @param progress hears what happens
 */
public record PullOptions(List<Credentials> credentials, Progress progress) {
  /** Anonymous and silent. */
  public static final PullOptions DEFAULT = new PullOptions(List.of(), Progress.NONE);

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
