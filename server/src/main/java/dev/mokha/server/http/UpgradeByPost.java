package dev.mokha.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.VertxConnection;

/**
 * Lets clients upgrade a connection with a POST, as kubectl does with SPDY: Vert.x gives the raw
 * connection only to a GET. So the method is changed on its way in, and kept in a header.
 */
final class UpgradeByPost extends ChannelInboundHandlerAdapter {
  private static final String METHOD = "x-mokha-upgrade-method";

  /** Watches a connection of HTTP/1.1; others can't be upgraded. */
  static void install(HttpConnection connection) {
    if (connection instanceof VertxConnection c) {
      ChannelHandlerContext last = c.channelHandlerContext();
      if (last.pipeline().get(HttpRequestDecoder.class) != null
          || last.pipeline().get("httpDecoder") != null) {
        last.pipeline().addBefore(last.name(), METHOD, new UpgradeByPost());
      }
    }
  }

  /** The method as the client wrote it. */
  static String method(HttpServerRequest request) {
    String kept = request.getHeader(METHOD);
    return kept == null ? request.method().name() : kept;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest request) {
      request.headers().remove(METHOD); // Only we may say that.
      if (request.method().equals(HttpMethod.POST)
          && request.headers().contains(HttpHeaderNames.UPGRADE)
          && request.headers().containsValue(HttpHeaderNames.CONNECTION, "upgrade", true)) {
        request.headers().set(METHOD, HttpMethod.POST.name());
        request.setMethod(HttpMethod.GET);
      }
    }
    context.fireChannelRead(message);
  }
}
