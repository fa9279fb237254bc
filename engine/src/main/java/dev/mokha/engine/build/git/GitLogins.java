package dev.mokha.engine.build.git;

import dev.mokha.engine.build.SecretSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/**
 * Who a build is to a git host: the user and password of the address, or what the client gives as
 * secrets with the names that BuildKit has for them: {@code GIT_AUTH_TOKEN}, {@code
 * GIT_AUTH_HEADER}, and the same with {@code .HOST}, which come first.
 */
final class GitLogins {
  private final SecretSource secrets;

  GitLogins(SecretSource secrets) {
    this.secrets = secrets;
  }

  /**
   * How to say who one is.
   *
   * @param user empty when a header says it
   * @param header value of {@code Authorization}; empty when user and password say it
   */
  record Login(String user, String password, String header) {
    @Override
    public String toString() {
      return "Login[...]";
    }
  }

  Optional<Login> of(GitAddress address) throws IOException, InterruptedException {
    if (!address.login().isEmpty()) {
      return Optional.of(pair(address.login()));
    }
    if (!address.remote().getScheme().startsWith("http")) {
      return Optional.empty();
    }
    String host = address.remote().getHost();
    for (String suffix : new String[] {"." + host, ""}) {
      Optional<String> header = text("GIT_AUTH_HEADER" + suffix);
      if (header.isPresent()) {
        return Optional.of(ofHeader(header.get()));
      }
      Optional<String> token = text("GIT_AUTH_TOKEN" + suffix);
      if (token.isPresent()) {
        return Optional.of(new Login("x-access-token", token.get(), ""));
      }
    }
    return Optional.empty();
  }

  private Optional<String> text(String id) throws IOException, InterruptedException {
    return secrets
        .secret(id)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip())
        .filter(text -> !text.isEmpty());
  }

  private static Login ofHeader(String header) {
    if (header.toLowerCase(Locale.ROOT).startsWith("basic ")) {
      try {
        byte[] plain = Base64.getDecoder().decode(header.substring("basic ".length()).strip());
        return pair(new String(plain, StandardCharsets.UTF_8));
      } catch (IllegalArgumentException notBase64) {
        // The host may know what it means.
      }
    }
    return new Login("", "", header);
  }

  private static Login pair(String text) {
    int colon = text.indexOf(':');
    return colon < 0
        ? new Login(text, "", "")
        : new Login(text.substring(0, colon), text.substring(colon + 1), "");
  }
}
