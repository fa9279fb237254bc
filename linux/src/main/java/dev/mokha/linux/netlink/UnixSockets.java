package dev.mokha.linux.netlink;

import dev.mokha.linux.LinuxException;
import dev.mokha.linux.SeqpacketSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What the kernel knows of Unix sockets (sock_diag(7)). Of the network namespace of the thread that
 * opened it.
 */
public final class UnixSockets implements AutoCloseable {
  private static final int SOCK_DIAG = 4;
  private static final int BY_FAMILY = 20;
  private static final int AF_UNIX = 1;
  private static final int ALL_STATES = -1;
  private static final int SHOW_PEER = 4;
  private static final int NO_COOKIE = -1;
  private static final int FIXED_PART = 16;
  private static final int PEER = 2;
  private static final Duration POLL = Duration.ofNanos(200_000);

  private final NetlinkSocket socket = new NetlinkSocket(SOCK_DIAG);

  /**
   * Whether the server has accepted a connection of ours. connect(2) returns before: until then the
   * other end is not in any process's hands, and has no inode.
   *
   * @param descriptor a connected Unix socket of this process
   * @throws LinuxException when the kernel has no unix_diag
   */
  public boolean isAccepted(int descriptor) {
    String what = "look at socket " + descriptor;
    NetlinkMessage message =
        new NetlinkMessage(BY_FAMILY, NetlinkMessage.ACK)
            .int8(AF_UNIX)
            .int8(0)
            .int16(0)
            .int32(ALL_STATES)
            .int32(inode(descriptor))
            .int32(SHOW_PEER)
            .int32(NO_COOKIE)
            .int32(NO_COOKIE);
    List<ByteBuffer> answers = socket.request(what, message);
    return answers.stream()
        .map(body -> new Attributes(body.position(FIXED_PART)).int32(PEER))
        .anyMatch(peer -> peer != 0);
  }

  /**
   * Waits until servers have accepted all of these connections; those closed meanwhile don't count.
   *
   * @return false when they have not in that time
   */
  public boolean awaitAccepted(List<SeqpacketSocket> sockets, Duration atMost)
      throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    for (SeqpacketSocket connection : sockets) {
      // Nothing tells when; a server that has nothing else to do takes microseconds.
      while (isPending(connection)) {
        if (System.nanoTime() > end) {
          return false;
        }
        Thread.sleep(POLL);
      }
    }
    return true;
  }

  private boolean isPending(SeqpacketSocket connection) {
    try {
      return !isAccepted(connection.number());
    } catch (IllegalStateException | UncheckedIOException closed) {
      return false;
    }
  }

  private static int inode(int descriptor) {
    try {
      String link =
          Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(descriptor))).toString();
      return Integer.parseUnsignedInt(
          link.substring(link.indexOf('[') + 1, link.length() - 1)); // socket:[4711]
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
