package dev.mokha.docker.logging;

import dev.mokha.linux.LinuxException;
import dev.mokha.linux.UnixDatagramSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Receivers of logs for tests: what comes is taken from a queue. */
public final class Receivers {
  private Receivers() {}

  /** What has come, one message each. */
  public interface Receiver extends AutoCloseable {
    /** The next message; null when none comes in time. */
    byte[] take() throws InterruptedException;

    /** The same as text. */
    default String text() throws InterruptedException {
      byte[] bytes = take();
      return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    /** Where it listens. */
    int port();

    @Override
    void close();
  }

  /** Datagrams over UDP. */
  public static Receiver udp() throws IOException {
    DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Queue queue = new Queue(socket.getLocalPort(), socket::close);
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                while (true) {
                  DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
                  socket.receive(packet);
                  queue.add(Arrays.copyOf(packet.getData(), packet.getLength()));
                }
              } catch (IOException e) {
                // It is closed.
              }
            });
    return queue;
  }

  /** Datagrams at a path. */
  public static Receiver unix(Path path) {
    UnixDatagramSocket socket = UnixDatagramSocket.bind(path);
    Queue queue =
        new Queue(
            0,
            () -> {
              // Its thread sees the datagram without content that ends it.
              try (UnixDatagramSocket last = UnixDatagramSocket.connect(path)) {
                last.send(new byte[0]);
              } catch (LinuxException e) {
                // It has ended.
              }
            });
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try (socket) {
                for (byte[] one = socket.receive(65536);
                    one.length > 0;
                    one = socket.receive(65536)) {
                  queue.add(one);
                }
              }
            });
    return queue;
  }

  /** A stream over TCP in which messages end with a byte. */
  public static Receiver tcp(int port, int end) throws IOException {
    return stream(new ServerSocket(port, 50, InetAddress.getLoopbackAddress()), end);
  }

  /** The same over a listening socket of one's own. */
  public static Receiver stream(ServerSocket server, int end) {
    Set<Socket> open = ConcurrentHashMap.newKeySet();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Queue queue =
        new Queue(
            server.getLocalPort(),
            () -> {
              try {
                server.close();
                ended.join(); // the port is held for as long as somebody accepts
                for (Socket one : open) {
                  // A close alone is put off while a thread reads.
                  if (!one.isClosed()) {
                    one.shutdownOutput();
                  }
                  one.close();
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                while (true) {
                  Socket socket = server.accept();
                  open.add(socket);
                  Thread.ofVirtual().start(() -> read(socket, end, queue));
                }
              } catch (IOException e) {
                ended.complete(null);
              }
            });
    return queue;
  }

  private static void read(Socket socket, int end, Queue queue) {
    try (socket;
        InputStream in = socket.getInputStream()) {
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (b == end) {
          queue.add(message.toByteArray());
          message.reset();
        } else {
          message.write(b);
        }
      }
    } catch (IOException e) {
      // It is closed.
    }
  }

  private static final class Queue implements Receiver {
    private final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
    private final int port;
    private final Runnable close;

    Queue(int port, Runnable close) {
      this.port = port;
      this.close = close;
    }

    void add(byte[] message) {
      messages.add(message);
    }

    @Override
    public byte[] take() throws InterruptedException {
      return messages.poll(10, TimeUnit.SECONDS);
    }

    @Override
    public int port() {
      return port;
    }

    @Override
    public void close() {
      close.run();
    }
  }
}
