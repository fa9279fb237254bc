package dev.mokha.docker.buildkit.wire;

import dev.mokha.docker.http.Duplex;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins a connection's blocking streams with a channel of Netty: a thread for each direction, so
 * that the event loop never waits for the connection. What waits to be written is bounded by
 * HTTP/2's flow control at the channel's other end.
 *
 * <p>Life: it is the channel's handler; {@link #run} carries bytes until either side ends, and then
 * both have ended.
 */
final class Relay extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Relay.class);
  private static final int BUFFER = 1 << 16;

  private final Duplex duplex;
  private final BlockingQueue<Object> toClient = new LinkedBlockingQueue<>();
  private final CountDownLatch written = new CountDownLatch(1);
  private static final Object END = new Object();

  Relay(Duplex duplex) {
    this.duplex = duplex;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    toClient.add(message);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    toClient.add(END);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    log.debug("A connection of gRPC failed: {}", cause.getMessage());
    var _ = context.close();
  }

  /** Carries bytes until either side ends. */
  void run(Channel channel) {
    Thread writer = Thread.ofVirtual().name("grpc-write").start(() -> write(channel));
    byte[] buffer = new byte[BUFFER];
    try {
      InputStream in = duplex.in();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        ByteBuf bytes = channel.alloc().buffer(n).writeBytes(buffer, 0, n);
        if (!channel.writeAndFlush(bytes).awaitUninterruptibly().isSuccess()) {
          break;
        }
      }
    } catch (IOException e) {
      log.debug("A connection of gRPC ended: {}", e.getMessage());
    } finally {
      channel.close().awaitUninterruptibly();
      join(writer);
    }
  }

  private void join(Thread writer) {
    duplex.close(); // lets a write go that nobody reads
    boolean interrupted = false;
    while (writer.isAlive()) {
      try {
        written.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(Channel channel) {
    try {
      byte[] buffer = new byte[BUFFER];
      for (Object next = toClient.take(); next != END; next = toClient.take()) {
        ByteBuf bytes = (ByteBuf) next;
        try {
          while (bytes.isReadable()) {
            int n = Math.min(buffer.length, bytes.readableBytes());
            bytes.readBytes(buffer, 0, n);
            duplex.out().write(buffer, 0, n);
          }
        } finally {
          bytes.release();
        }
      }
    } catch (IOException e) {
      log.debug("A connection of gRPC ended: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      duplex.close(); // the reader sees the end
      var _ = channel.close();
      for (Object rest = toClient.poll(); rest != null; rest = toClient.poll()) {
        ReferenceCountUtil.release(rest);
      }
      written.countDown();
    }
  }
}
