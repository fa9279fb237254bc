package dev.mokha.server.http;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Lets what an event loop writes to a connection in one go leave together: one TLS record and one
 * system call for many small frames, be they the answers to requests that came together or one
 * event for a hundred watches. Netty flushes at the end of the loop's turn, so nothing waits.
 */
final class Flushes {
  private static final int MOST_TOGETHER = 256;

  private Flushes() {}

  /** Installs it on a connection of HTTP/2; on HTTP/1.1 answers don't come together. */
  static void consolidate(HttpConnection connection) {
    if (connection.protocolVersion() == HttpVersion.HTTP_2
        && connection instanceof ConnectionBase c) {
      ChannelPipeline pipeline = c.channelHandlerContext().pipeline();
      var tls = pipeline.context(SslHandler.class);
      if (tls != null) {
        pipeline.addAfter(
            tls.name(), "mokha-flushes", new FlushConsolidationHandler(MOST_TOGETHER, true));
      }
    }
  }
}
