package dev.mokha.docker.buildkit.session;

import dev.mokha.docker.buildkit.wire.ClientStream;
import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.docker.buildkit.wire.RpcException;
import dev.mokha.engine.build.SshAgents;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/** The client's SSH agents: {@code moby.sshforward.v1.SSH}. */
public final class SessionAgents implements SshAgents {
  private static final String SERVICE = "moby.sshforward.v1.SSH";
  private static final String CHECK = "CheckAgent";
  private static final String FORWARD = "ForwardAgent";
  private static final int REQUEST_ID = 1;

  /** Header that names the agent. */
  private static final String ID = "buildkit.ssh.id";

  private final Session session;

  /** Those of a session. */
  public SessionAgents(Session session) {
    this.session = session;
  }

  @Override
  public boolean has(String id) throws IOException, InterruptedException {
    if (!session.answers(SERVICE, CHECK)) {
      return false;
    }
    try {
      session.call(SERVICE, CHECK, Message.of().text(REQUEST_ID, id).build());
      return true;
    } catch (RpcException e) {
      if (e.gone()) {
        throw e;
      }
      return false;
    }
  }

  @Override
  public Connection connect(String id) {
    ClientStream call = session.converse(SERVICE, FORWARD, Map.of(ID, List.of(id)));
    InputStream answers = ByteStreams.in(call);
    OutputStream requests = ByteStreams.out(call);
    return new Connection() {
      @Override
      public InputStream answers() {
        return answers;
      }

      @Override
      public OutputStream requests() {
        return requests;
      }

      @Override
      public void close() {
        call.close();
      }
    };
  }
}
