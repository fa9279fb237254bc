package dev.mokha.node.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.VertxConnection;

/**
 * Lets clients upgrade with POST. SPDY's clients do, and Vert.x hands a connection over for GET
 * only: such a request is turned into a GET before Vert.x sees it, and keeps a note of what it was,
 * since that is what it is authorized as.
 */
final class PostedUpgrades extends ChannelInboundHandlerAdapter {
  private static final String NOTE = "Mokha-Posted-Upgrade";

  private PostedUpgrades() {}

  /** Looks at all requests of a connection. */
  static void install(HttpConnection connection) {
    if (connection instanceof VertxConnection vertx) {
      var pipeline = vertx.channel().pipeline();
      pipeline.addBefore(pipeline.lastContext().name(), "posted-upgrades", new PostedUpgrades());
    }
  }

  /** The method that the client used. */
  static String method(HttpServerRequest request) {
    return request.getHeader(NOTE) == null ? request.method().name() : "POST";
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest request) {
      request.headers().remove(NOTE);
      boolean upgrade = "SPDY/3.1".equalsIgnoreCase(request.headers().get("Upgrade"));
      if (upgrade && request.method().equals(HttpMethod.POST)) {
        request.setMethod(HttpMethod.GET);
        request.headers().set(NOTE, "yes");
      }
    }
    context.fireChannelRead(message);
  }
}
