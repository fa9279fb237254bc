package dev.mokha.docker.buildkit.session;

import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.docker.buildkit.wire.RpcException;
import dev.mokha.engine.build.SecretSource;
import java.io.IOException;
import java.util.Optional;

/** The client's secrets: {@code moby.buildkit.secrets.v1.Secrets}. */
public final class SessionSecrets implements SecretSource {
  private static final String SERVICE = "moby.buildkit.secrets.v1.Secrets";
  private static final String METHOD = "GetSecret";
  private static final int REQUEST_ID = 1;
  private static final int RESPONSE_DATA = 1;

  private final Session session;

  /** Those of a session. */
  public SessionSecrets(Session session) {
    this.session = session;
  }

  @Override
  public Optional<byte[]> secret(String id) throws IOException, InterruptedException {
    if (!session.answers(SERVICE, METHOD)) {
      return Optional.empty();
    }
    try {
      Message answer = session.call(SERVICE, METHOD, Message.of().text(REQUEST_ID, id).build());
      return Optional.of(answer.data(RESPONSE_DATA).toByteArray());
    } catch (RpcException e) {
      if (e.notFound()) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
