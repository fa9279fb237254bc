package dev.mokha.docker.build;

import dev.mokha.docker.http.Caller;
import dev.mokha.engine.build.SshAgents;
import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.OpenDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Map;

/**
 * SSH agents whose sockets are on this machine, of a caller on this machine. The daemon may open
 * any socket and the caller may not: so it opens only sockets that belong to the caller, and looks
 * at what it holds, not at what has the name afterwards.
 */
final class PeerAgents implements SshAgents {
  private final Map<String, Path> sockets;
  private final Caller caller;

  PeerAgents(Map<String, Path> sockets, Caller caller) {
    this.sockets = Map.copyOf(sockets);
    this.caller = caller;
  }

  @Override
  public boolean has(String id) {
    return sockets.containsKey(id);
  }

  @Override
  public Connection connect(String id) throws IOException {
    Path path = sockets.get(id);
    if (path == null) {
      throw new IOException("there is no SSH agent " + id);
    }
    try (FileDescriptor found = FileDescriptor.open(path, FileDescriptor.PATH)) {
      Path held = OpenDirectory.path(found);
      PosixFileAttributes is = Files.readAttributes(held, PosixFileAttributes.class);
      boolean own = caller.root() || is.owner().getName().equals(caller.user());
      if (!own || !is.isOther()) {
        throw new IOException(path + " is no socket of " + caller.user() + "'s");
      }
      return new Channel(SocketChannel.open(UnixDomainSocketAddress.of(held)));
    } catch (LinuxException e) {
      throw new IOException("the SSH agent's socket can't be opened: " + e.getMessage(), e);
    }
  }

  private static final class Channel implements Connection {
    private final SocketChannel channel;
    private final InputStream answers;
    private final OutputStream requests;

    Channel(SocketChannel channel) {
      this.channel = channel;
      this.answers = Channels.newInputStream(channel);
      this.requests = Channels.newOutputStream(channel);
    }

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
      channel.close();
    }
  }
}
