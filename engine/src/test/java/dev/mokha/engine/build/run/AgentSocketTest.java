package dev.mokha.engine.build.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.SshAgents;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class AgentSocketTest {
  @TempDir Path directory;

  /** Answers each request with its kind and 100 more. */
  private static final class Echo implements SshAgents {
    final List<Integer> asked = Collections.synchronizedList(new ArrayList<>());
    volatile int connections;

    @Override
    public boolean has(String id) {
      return true;
    }

    @Override
    public Connection connect(String id) throws IOException {
      connections++;
      PipedInputStream in = new PipedInputStream();
      PipedOutputStream requests = new PipedOutputStream(in);
      PipedInputStream answers = new PipedInputStream();
      PipedOutputStream out = new PipedOutputStream(answers);
      Thread.ofVirtual()
          .start(
              () -> {
                try (DataInputStream data = new DataInputStream(in);
                    DataOutputStream back = new DataOutputStream(out)) {
                  while (true) {
                    byte[] body = new byte[data.readInt()];
                    data.readFully(body);
                    asked.add((int) body[0]);
                    back.writeInt(body.length);
                    body[0] += 100;
                    back.write(body);
                    back.flush();
                  }
                } catch (IOException ended) {
                  // The builder hung up.
                }
              });
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
        public void close() throws IOException {
          requests.close();
        }
      };
    }
  }

  private static byte[] ask(SocketChannel channel, byte... request) throws IOException {
    DataOutputStream out = new DataOutputStream(Channels.newOutputStream(channel));
    out.writeInt(request.length);
    out.write(request);
    out.flush();
    DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
    byte[] answer = new byte[in.readInt()];
    in.readFully(answer);
    return answer;
  }

  @Test
  void listsAndSignsAndNothingElse() throws Exception {
    Echo agents = new Echo();
    Path path;
    try (AgentSocket socket = new AgentSocket(agents, "default", directory)) {
      path = socket.path();
      try (SocketChannel one = SocketChannel.open(UnixDomainSocketAddress.of(path));
          SocketChannel other = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
        assertThat(ask(one, (byte) 11)).containsExactly(111);
        assertThat(ask(other, (byte) 13, (byte) 7)).containsExactly(113, 7);
        // Add, remove, remove all, lock, extension.
        for (int kind : new int[] {17, 18, 19, 22, 25, 27}) {
          assertThat(ask(one, (byte) kind)).containsExactly(5);
        }
        assertThat(ask(one, (byte) 11)).containsExactly(111);
      }
    }
    assertThat(agents.asked).containsExactlyInAnyOrder(11, 13, 11);
    assertThat(agents.connections).isEqualTo(2);
    assertThat(path).doesNotExist();
  }

  @Test
  void endsThoseWhoAreConnected() throws Exception {
    Echo agents = new Echo();
    AgentSocket socket = new AgentSocket(agents, "default", directory);
    try (SocketChannel one = SocketChannel.open(UnixDomainSocketAddress.of(socket.path()))) {
      ask(one, (byte) 11);
      socket.close();
      assertThatThrownBy(() -> ask(one, (byte) 11)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aMessageWithoutEndIsTheEnd() throws Exception {
    Echo agents = new Echo();
    try (AgentSocket socket = new AgentSocket(agents, "default", directory);
        SocketChannel one = SocketChannel.open(UnixDomainSocketAddress.of(socket.path()))) {
      DataOutputStream out = new DataOutputStream(Channels.newOutputStream(one));
      out.writeInt(Integer.MAX_VALUE);
      out.flush();
      assertThatThrownBy(() -> new DataInputStream(Channels.newInputStream(one)).readInt())
          .isInstanceOf(EOFException.class);
    }
    assertThat(agents.asked).isEmpty();
  }
}
