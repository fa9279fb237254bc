package dev.mokha.docker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncomingTest {
  @TempDir Path directory;

  /**
   * Requests come one after the other, each answered at once while its watch has hardly begun: no
   * watch may take the next request for itself.
   */
  @Test
  void noWatchTakesTheNextRequest() throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address);
      try (SocketChannel client = SocketChannel.open(address);
          SocketChannel served = server.accept()) {
        Incoming incoming = new Incoming(new UnixWire(served));
        CompletableFuture<Integer> all =
            CompletableFuture.supplyAsync(
                () -> {
                  byte[] one = new byte[1];
                  for (int i = 0; i < 3000; i++) {
                    try {
                      if (incoming.read(one, 0, 1) != 1 || one[0] != (byte) i) {
                        return i;
                      }
                      incoming.watch();
                      client.write(ByteBuffer.wrap(new byte[] {(byte) (i + 1)}));
                    } catch (java.io.IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  }
                  return 3000;
                },
                task -> Thread.startVirtualThread(task));
        client.write(ByteBuffer.wrap(new byte[] {0}));
        assertThat(all.get(30, TimeUnit.SECONDS)).isEqualTo(3000);
      }
    }
  }
}
