package dev.mokha.docker.images;

import dev.mokha.docker.http.DockerException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Files that users name by an address. */
final class Downloads {
  private static final Duration CONNECT = Duration.ofSeconds(30);

  private Downloads() {}

  /** Reads an address; without a scheme it is http's, as dockerd has it. */
  static URI address(String text) {
    try {
      URI address = URI.create(text.contains("://") ? text : "http://" + text);
      if (address.getHost() == null || !address.getScheme().matches("https?")) {
        throw DockerException.invalid("invalid address: " + text);
      }
      return address;
    } catch (IllegalArgumentException e) {
      throw DockerException.invalid("invalid address: " + text);
    }
  }

  /** What is there. Its reader closes the connection. */
  static InputStream open(URI address) throws IOException {
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    try {
      HttpResponse<InputStream> answer =
          client.send(
              HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofInputStream());
      if (answer.statusCode() >= 400) {
        answer.body().close();
        throw new DockerException(
            500, "got status code " + answer.statusCode() + " from " + address);
      }
      return answer.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IOException e) {
      throw new DockerException(500, "Get \"" + address + "\": " + reason(e), e);
    }
  }

  /** A sentence for failures that Java has none for. */
  static String reason(IOException e) {
    return switch (e) {
      case java.net.http.HttpTimeoutException _ -> "i/o timeout";
      case java.net.ConnectException c
          when c.getCause() != null
              && c.getCause() instanceof java.nio.channels.UnresolvedAddressException ->
          "no such host";
      case java.net.ConnectException _ -> "connection refused";
      default -> String.valueOf(e.getMessage());
    };
  }
}
