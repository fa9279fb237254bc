package dev.mokha.docker.buildkit.session;

import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.docker.buildkit.wire.RpcException;
import dev.mokha.engine.images.PullOptions.Credentials;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the client has for registries: {@code moby.filesync.v1.Auth}. Asked once for each host. */
public final class SessionCredentials implements Function<String, List<Credentials>> {
  private static final Logger log = LoggerFactory.getLogger(SessionCredentials.class);
  private static final String SERVICE = "moby.filesync.v1.Auth";
  private static final String METHOD = "Credentials";
  private static final int HOST = 1;
  private static final int USERNAME = 1;
  private static final int SECRET = 2;

  /** The index, under the name by which clients know that they logged in there. */
  private static final Map<String, String> KNOWN_AS =
      Map.of("docker.io", "registry-1.docker.io", "index.docker.io", "registry-1.docker.io");

  private final Session session;
  private final Map<String, List<Credentials>> answers = new ConcurrentHashMap<>();

  /** Those of a session. */
  public SessionCredentials(Session session) {
    this.session = session;
  }

  @Override
  public List<Credentials> apply(String host) {
    return answers.computeIfAbsent(host, this::ask);
  }

  private List<Credentials> ask(String host) {
    if (!session.answers(SERVICE, METHOD)) {
      return List.of();
    }
    try {
      Message answer =
          session.call(
              SERVICE, METHOD, Message.of().text(HOST, KNOWN_AS.getOrDefault(host, host)).build());
      String user = answer.text(USERNAME);
      String secret = answer.text(SECRET);
      if (secret.isEmpty()) {
        return List.of();
      }
      // Without a user the secret is a refresh token (RFC 6749), as docker login keeps it.
      return List.of(
          user.isEmpty() ? new Credentials("", "", secret) : new Credentials(user, secret, ""));
    } catch (RpcException e) {
      log.debug("A client says nothing of its credentials for {}: {}", host, e.getMessage());
      return List.of();
    } catch (IOException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
