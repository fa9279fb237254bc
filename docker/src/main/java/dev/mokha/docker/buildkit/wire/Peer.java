package dev.mokha.docker.buildkit.wire;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.local.LocalAddress;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A client that we call. There is one connection to it, and when that ends there is no other. */
public final class Peer implements AutoCloseable {
  private static final long ALIVE_SECONDS = 20;

  private final ManagedChannel channel;
  private final Channel listening;
  private final CompletableFuture<Void> over;

  Peer(LocalAddress address, EventLoopGroup loop, Channel listening, CompletableFuture<Void> over) {
    this.listening = listening;
    this.over = over;
    this.channel =
        NettyChannelBuilder.forAddress(address)
            .channelFactory(MemoryChannels.Connected::new)
            .eventLoopGroup(loop)
            .overrideAuthority("localhost")
            .usePlaintext()
            .directExecutor() // listeners only put things in queues
            .disableRetry()
            .maxInboundMessageSize(Rpc.MAX_MESSAGE)
            .keepAliveTime(ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveWithoutCalls(true)
            .idleTimeout(Integer.MAX_VALUE, TimeUnit.DAYS) // never
            .build();
    channel.getState(true); // connects now
  }

  /**
   * Asks one thing.
   *
   * @throws RpcException when the client refuses, or is gone
   */
  public Message call(String service, String method, Message request)
      throws IOException, InterruptedException {
    return call(service, method, request, new Metadata());
  }

  Message call(String service, String method, Message request, Metadata headers)
      throws IOException, InterruptedException {
    try (ClientStream stream = open(MethodDescriptor.MethodType.UNARY, service, method, headers)) {
      stream.ask(request);
      Message answer = stream.read();
      if (answer == null || stream.read() != null) {
        throw new IOException(service + "/" + method + " was not answered with one message");
      }
      return answer;
    }
  }

  /**
   * Begins a conversation.
   *
   * @param headers names and values
   */
  public ClientStream converse(String service, String method, Map<String, List<String>> headers) {
    Metadata metadata = new Metadata();
    headers.forEach(
        (name, values) -> values.forEach(value -> metadata.put(Rpc.header(name), value)));
    return open(MethodDescriptor.MethodType.BIDI_STREAMING, service, method, metadata);
  }

  private ClientStream open(
      MethodDescriptor.MethodType type, String service, String method, Metadata headers) {
    return new ClientStream(
        channel.newCall(Rpc.method(type, service, method), CallOptions.DEFAULT), headers);
  }

  /** Completes when the connection has ended. */
  public CompletableFuture<Void> over() {
    return over;
  }

  /** Ends the connection; calls under way fail. */
  @Override
  public void close() {
    channel.shutdownNow();
    var _ = listening.close();
  }
}
