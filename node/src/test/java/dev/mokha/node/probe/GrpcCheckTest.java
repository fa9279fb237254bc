package dev.mokha.node.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a real HTTP/2 server that answers as the health protocol says. */
class GrpcCheckTest {
  private Vertx vertx;
  private int port;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    HttpServer server =
        vertx
            .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0))
            .requestHandler(
                request ->
                    request.bodyHandler(
                        body -> {
                          String service =
                              body.length() > 7 ? body.getString(7, body.length()) : "";
                          var response =
                              request.response().putHeader("content-type", "application/grpc");
                          if (service.equals("unknown")) {
                            response.putTrailer("grpc-status", "5").end();
                            return;
                          }
                          byte status = (byte) (service.equals("down") ? 2 : 1);
                          Buffer message = Buffer.buffer(new byte[] {0, 0, 0, 0, 2, 0x08, status});
                          response.putTrailer("grpc-status", "0").end(message);
                        }))
            .listen()
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    port = server.actualPort();
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private CheckResult check(String service) {
    return GrpcCheck.check("127.0.0.1", port, service, Duration.ofSeconds(3));
  }

  @Test
  void readsTheHealthOfAService() {
    assertThat(check("")).isEqualTo(CheckResult.ok("service healthy"));
    assertThat(check("down").message()).contains("NOT_SERVING");
    assertThat(check("unknown").success()).isFalse();
  }
}
