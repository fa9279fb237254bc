package dev.mokha.engineclient;

import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A socket that answers what it is told to, and remembers what it was asked. */
final class ScriptedEngine implements AutoCloseable {
  private final Path directory;
  private final ServerSocketChannel server;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private volatile int connections;

  /** What one connection does. */
  @FunctionalInterface
  interface Script {
    void run(Peer peer) throws IOException;
  }

  /** The engine's end of a connection. */
  final class Peer {
    private final SocketChannel channel;
    private final InputStream in;

    Peer(SocketChannel channel) {
      this.channel = channel;
      this.in = Channels.newInputStream(channel);
    }

    /** Reads a head, up to its empty line; empty at the end. */
    String head() throws IOException {
      StringBuilder head = new StringBuilder();
      for (int b = in.read(); b >= 0; b = in.read()) {
        head.append((char) b);
        if (head.toString().endsWith("\r\n\r\n")) {
          break;
        }
      }
      if (!head.isEmpty()) {
        requests.add(head.toString());
      }
      return head.toString();
    }

    /** Reads until the client says that nothing more comes. */
    String rest() throws IOException {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    void say(String text) throws IOException {
      say(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void say(byte[] bytes) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
  }

  ScriptedEngine(Script script) throws IOException {
    directory = Files.createTempDirectory("engine");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket()));
    Thread.ofVirtual()
        .start(
            () -> {
              while (server.isOpen()) {
                try {
                  SocketChannel channel = server.accept();
                  connections++;
                  Thread.ofVirtual().start(() -> serve(channel, script));
                } catch (IOException closed) {
                  return;
                }
              }
            });
  }

  private void serve(SocketChannel channel, Script script) {
    try (channel) {
      script.run(new Peer(channel));
    } catch (IOException e) {
      requests.add("failed: " + e);
    }
  }

  Path socket() {
    return directory.resolve("s");
  }

  List<String> requests() {
    return requests;
  }

  int connections() {
    return connections;
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(socket());
    Files.delete(directory);
  }
}
