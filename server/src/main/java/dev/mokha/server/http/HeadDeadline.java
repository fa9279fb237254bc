package dev.mokha.server.http;

import dev.mokha.server.ServerConfig.Patience;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.VertxConnection;
import java.util.concurrent.TimeUnit;

/**
 * Closes connections of HTTP/1.1 whose client begins a request and never completes its head, or
 * asks for nothing at all. While a request is answered, for as long as that takes, it does nothing.
 *
 * <p>It stands on both sides of the decoder: before it, to see that bytes come, and behind it, to
 * see that a head is complete. There is one timer per connection, which looks at the deadline of
 * the moment; a request costs it no more than two looks at the clock. Used on the connection's
 * event loop only.
 */
final class HeadDeadline extends ChannelDuplexHandler {
  private static final String DECODER = "httpDecoder";
  private static final String BEHIND = "mokha-head-deadline";
  private static final long NEVER = Long.MAX_VALUE;

  private final long head;
  private final long idle;

  /** When the connection is closed, in nanoseconds since {@link #begun}. */
  private long deadline;

  private final long begun = System.nanoTime();
  private boolean headBegun;
  private int unanswered;
  private Future<?> timer;

  private HeadDeadline(Patience patience) {
    head = patience.head().toNanos();
    idle = patience.idle().toNanos();
    deadline = head;
  }

  /** Watches a connection of HTTP/1.1; HTTP/2 has pings and streams of its own. */
  static void install(HttpConnection connection, Patience patience) {
    if (connection instanceof VertxConnection c) {
      ChannelPipeline pipeline = c.channelHandlerContext().pipeline();
      if (pipeline.get(DECODER) != null) {
        HeadDeadline deadline = new HeadDeadline(patience);
        pipeline.addBefore(DECODER, BEHIND + "-bytes", deadline.new Bytes());
        pipeline.addBefore(c.channelHandlerContext().name(), BEHIND, deadline);
      }
    }
  }

  /** Sees what comes before it is decoded. */
  private final class Bytes extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (unanswered == 0 && !headBegun) {
        headBegun = true;
        deadline = Math.min(deadline, now() + head);
        look(context);
      }
      context.fireChannelRead(message);
    }
  }

  private long now() {
    return System.nanoTime() - begun;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    look(context);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    stop();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    stop();
    context.fireChannelInactive();
  }

  private void stop() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest) {
      unanswered++;
      headBegun = false;
      deadline = NEVER;
    }
    context.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse r
        && HttpResponseStatus.SWITCHING_PROTOCOLS.equals(r.status())) {
      unanswered = Integer.MAX_VALUE / 2; // From here on it is no HTTP.
    } else if (message instanceof LastHttpContent
        && !(message instanceof HttpResponse r && r.status().code() < 200)
        && --unanswered == 0) {
      headBegun = false;
      deadline = now() + idle;
      look(context);
    }
    context.write(message, promise);
  }

  /** Sees to it that the timer goes off at the deadline, or before. */
  private void look(ChannelHandlerContext context) {
    long left = deadline - now();
    if (timer == null || (headBegun && head < idle)) {
      stop();
      timer =
          context
              .executor()
              .schedule(() -> passed(context), Math.max(left, 0), TimeUnit.NANOSECONDS);
    }
  }

  private void passed(ChannelHandlerContext context) {
    timer = null;
    ChannelHandler decoder = context.pipeline().get(DECODER);
    if (decoder == null) {
      return; // The connection was upgraded.
    }
    if (deadline == NEVER) {
      return; // The end of the answer sets a new one.
    }
    if (deadline - now() <= 0) {
      context.close();
    } else {
      look(context);
    }
  }
}
