package dev.mokha.engineclient;

import java.util.Base64;
import java.util.Map;

/**
 * What a registry is shown.
 *
 * @param user the user; empty for none
 * @param password its password or token
 * @param registry the registry's host
 */
public record Credentials(String user, String password, String registry) {
  /** None at all. */
  public static final Credentials NONE = new Credentials("", "", "");

  /** As the header {@code X-Registry-Auth} has it: JSON in base64 (RFC 4648 section 5). */
  String header() {
    byte[] json =
        Api.JSON.writeValueAsBytes(
            user.isEmpty()
                ? Map.of()
                : Map.of("username", user, "password", password, "serveraddress", registry));
    return Base64.getUrlEncoder().encodeToString(json);
  }

  @Override
  public String toString() {
    return "Credentials[" + user + " at " + registry + "]";
  }
}
