package dev.mokha.server.authentication;

import java.util.List;
import java.util.Optional;

/**
 * Turns credentials into a user.
 *
 * <p>It runs on an event loop for every request, so it must not block: what it looks up, it looks
 * up in memory ({@link dev.mokha.server.storage.ObjectReader}).
 *
 * <pre>{@code
 * Authenticator all = Authenticator.firstOf(List.of(certificates, serviceAccountTokens));
 * UserInfo user = all.authenticate(credentials).orElse(UserInfo.ANONYMOUS);
 * }</pre>
 */
@FunctionalInterface
public interface Authenticator {
  /**
   * The user the credentials prove.
   *
   * @return empty when the credentials hold nothing of the kind this authenticator judges
   * @throws dev.mokha.api.error.StatusException {@code Unauthorized} when they do, and are not
   *     valid
   */
  Optional<UserInfo> authenticate(Credentials credentials);

  /** Asks one after the other; the first that knows the user wins. */
  static Authenticator firstOf(List<Authenticator> authenticators) {
    List<Authenticator> all = List.copyOf(authenticators);
    return credentials -> {
      for (Authenticator a : all) {
        Optional<UserInfo> user = a.authenticate(credentials);
        if (user.isPresent()) {
          return user;
        }
      }
      return Optional.empty();
    };
  }
}
