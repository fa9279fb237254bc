package dev.mokha.docker.buildkit.wire;

import dev.mokha.docker.http.Duplex;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes gRPC of connections that HTTP gave away: we answer on some, and ask on others.
 *
 * <p>Life: opened when the first such connection comes; closed with the API.
 */
public final class Rpcs implements AutoCloseable {
  private static final AtomicLong NUMBER = new AtomicLong();

  /** How long connections may take to end when they were closed. */
  private static final Duration GRACE = Duration.ofSeconds(3);

  /** How long the event loop still takes what they leave behind. */
  private static final Duration QUIET = Duration.ofMillis(200);

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("grpc", true), LocalIoHandler.newFactory());
  private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
  private int open;

  /**
   * Answers calls on a connection; blocks until it ends, and then all its calls are given up.
   *
   * @throws IOException when that can't be set up
   */
  public void answer(Duplex duplex, List<Service> services) throws IOException {
    serve(duplex, services.stream().map(Service::definition).toList());
  }

  void serve(Duplex duplex, List<ServerServiceDefinition> services) throws IOException {
    LocalAddress address = address();
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address)
            .channelFactory(MemoryChannels.Listening::new)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .executor(calls)
            .maxInboundMessageSize(Rpc.MAX_MESSAGE)
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true);
    services.forEach(builder::addService);
    Server server = builder.build().start();
    opened();
    try {
      Relay relay = new Relay(duplex);
      Channel channel =
          new Bootstrap()
              .group(loop)
              .channelFactory(MemoryChannels.Connected::new)
              .handler(relay)
              .connect(address)
              .syncUninterruptibly()
              .channel();
      relay.run(channel);
    } finally {
      server.shutdownNow();
      ended();
    }
  }

  /**
   * Makes us the one who asks on a connection.
   *
   * @return what calls go through; closed by the caller
   * @throws IOException when that can't be set up
   */
  public Peer ask(Duplex duplex) throws IOException {
    LocalAddress address = address();
    CompletableFuture<Void> over = new CompletableFuture<>();
    Channel listening =
        new ServerBootstrap()
            .group(loop)
            .channelFactory(MemoryChannels.Listening::new)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    Relay relay = new Relay(duplex);
                    channel.pipeline().addLast(relay);
                    opened();
                    Thread.ofVirtual()
                        .name("grpc-session")
                        .start(
                            () -> {
                              try {
                                relay.run(channel);
                              } finally {
                                over.complete(null);
                                ended();
                              }
                            });
                  }
                })
            .bind(address)
            .syncUninterruptibly()
            .channel();
    return new Peer(address, loop, listening, over);
  }

  private static LocalAddress address() {
    return new LocalAddress("mokha-grpc-" + NUMBER.incrementAndGet());
  }

  private synchronized void opened() {
    open++;
  }

  private synchronized void ended() {
    open--;
    notifyAll();
  }

  /** To be called when the connections have been ended; waits a while for those who notice. */
  @Override
  public void close() {
    long end = System.nanoTime() + GRACE.toNanos();
    boolean interrupted = false;
    synchronized (this) {
      while (open > 0 && !interrupted && System.nanoTime() < end) {
        try {
          wait(GRACE.toMillis());
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    calls.shutdown();
    var _ = loop.shutdownGracefully(QUIET.toMillis(), GRACE.toMillis(), TimeUnit.MILLISECONDS);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
