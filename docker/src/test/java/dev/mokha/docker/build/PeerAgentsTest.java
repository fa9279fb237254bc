package dev.mokha.docker.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.docker.http.Caller;
import dev.mokha.engine.build.SshAgents;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class PeerAgentsTest {
  @TempDir Path directory;

  private static Caller caller(String user, boolean root) {
    return new Caller(Caller.Kind.PEER, user, List.of(), root);
  }

  @Test
  void reachesSocketsOfTheCallerAlone() throws Exception {
    Path path = directory.resolve("agent");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      String owner = Files.getOwner(path).getName();
      Map<String, Path> sockets = Map.of("default", path);
      PeerAgents own = new PeerAgents(sockets, caller(owner, false));
      assertThat(own.has("default")).isTrue();
      assertThat(own.has("other")).isFalse();
      try (SshAgents.Connection connection = own.connect("default");
          SocketChannel other = server.accept()) {
        connection.requests().write(7);
        ByteBuffer read = ByteBuffer.allocate(1);
        other.read(read);
        assertThat(read.get(0)).isEqualTo((byte) 7);
      }
      assertThatThrownBy(() -> new PeerAgents(sockets, caller("nobody", false)).connect("default"))
          .isInstanceOf(IOException.class)
          .hasMessage(path + " is no socket of nobody's");
      // By a link of his own he comes no further.
      Path link = Files.createSymbolicLink(directory.resolve("link"), path);
      assertThatThrownBy(
              () ->
                  new PeerAgents(Map.of("default", link), caller("nobody", false))
                      .connect("default"))
          .isInstanceOf(IOException.class);
      new PeerAgents(sockets, caller("nobody", true)).connect("default").close();
    }
  }

  @Test
  void refusesWhatIsNoSocket() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "x");
    String owner = Files.getOwner(file).getName();
    for (Path path : new Path[] {file, directory, directory.resolve("none")}) {
      assertThatThrownBy(
              () -> new PeerAgents(Map.of("default", path), caller(owner, true)).connect("default"))
          .isInstanceOf(IOException.class);
    }
  }
}
