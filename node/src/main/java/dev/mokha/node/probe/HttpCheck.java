package dev.mokha.node.probe;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLSocketFactory;

/**
 * One GET. It speaks HTTP/1.1 over a plain socket: a probe sets Host as it likes, follows redirects
 * on its own host only, and wants nothing of a response but its first line and a little of the
 * body.
 */
public final class HttpCheck {
  private static final int MOST_BODY = 10 * 1024;
  private static final int MOST_REDIRECTS = 10;
  private static final int MOST_LINE = 16 * 1024;

  private HttpCheck() {}

  /**
   * Asks.
   *
   * @param scheme {@code HTTP} or {@code HTTPS}; certificates are not verified
   * @param host address to connect to
   * @param path with query
   * @param headers more headers; {@code Host} replaces the usual one
   * @param timeout for the whole check
   */
  public static CheckResult get(
      String scheme,
      String host,
      int port,
      String path,
      Map<String, String> headers,
      Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    String at = path.startsWith("/") ? path : "/" + path;
    String secure = scheme == null ? "http" : scheme.toLowerCase(Locale.ROOT);
    int usedPort = port;
    try {
      for (int i = 0; i < MOST_REDIRECTS; i++) {
        Answer answer = once(secure, host, usedPort, at, headers, end);
        boolean redirect = answer.status >= 300 && answer.status < 400;
        String location = answer.headers.get("location");
        if (!redirect || location == null) {
          return result(answer);
        }
        URI base = URI.create(secure + "://" + bracketed(host) + ":" + usedPort + at);
        URI next = base.resolve(location);
        if (next.getHost() != null && !next.getHost().equals(base.getHost())) {
          return CheckResult.ok("Probe terminated redirects, Response body: " + answer.body);
        }
        secure = next.getScheme().toLowerCase(Locale.ROOT);
        usedPort = next.getPort() > 0 ? next.getPort() : secure.equals("https") ? 443 : 80;
        at = next.getRawPath() + (next.getRawQuery() == null ? "" : "?" + next.getRawQuery());
      }
      return CheckResult.failed("stopped after " + MOST_REDIRECTS + " redirects");
    } catch (ConnectException e) {
      return new CheckResult(
          false, "Get \"" + url(secure, host, usedPort, at) + "\": connection refused", true);
    } catch (SocketTimeoutException e) {
      return CheckResult.failed(
          "Get \""
              + url(secure, host, usedPort, at)
              + "\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
    } catch (IOException | IllegalArgumentException e) {
      return CheckResult.failed(
          "Get \"" + url(secure, host, usedPort, at) + "\": " + e.getMessage());
    }
  }

  private static CheckResult result(Answer answer) {
    boolean good = answer.status >= 200 && answer.status < 400;
    return good
        ? CheckResult.ok(answer.body)
        : CheckResult.failed("HTTP probe failed with statuscode: " + answer.status);
  }

  private static String url(String scheme, String host, int port, String path) {
    return scheme + "://" + bracketed(host) + ":" + port + path;
  }

  private static String bracketed(String host) {
    return host.contains(":") ? "[" + host + "]" : host;
  }

  private record Answer(int status, Map<String, String> headers, String body) {}

  private static Answer once(
      String scheme, String host, int port, String path, Map<String, String> headers, long end)
      throws IOException {
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(host, port), left(end));
      plain.setSoTimeout(left(end));
      Socket socket = plain;
      if (scheme.equals("https")) {
        SSLSocketFactory tls = UnverifiedTls.context().getSocketFactory();
        socket = tls.createSocket(plain, host, port, true);
        socket.setSoTimeout(left(end));
      }
      socket.getOutputStream().write(request(host, port, path, headers));
      socket.getOutputStream().flush();
      InputStream in = new BufferedInputStream(socket.getInputStream());
      String[] first = line(in).split(" ", 3);
      if (first.length < 2 || !first[0].startsWith("HTTP/")) {
        throw new IOException("malformed HTTP response");
      }
      int status = Integer.parseInt(first[1]);
      Map<String, String> answered = new LinkedHashMap<>();
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        int colon = line.indexOf(':');
        if (colon > 0) {
          answered.put(
              line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
        }
      }
      socket.setSoTimeout(left(end));
      return new Answer(status, answered, body(in, answered));
    }
  }

  private static String body(InputStream in, Map<String, String> headers) {
    try {
      String length = headers.get("content-length");
      int most = length == null ? MOST_BODY : Math.clamp(Long.parseLong(length), 0, MOST_BODY);
      return new String(in.readNBytes(most), StandardCharsets.UTF_8);
    } catch (IOException | NumberFormatException e) {
      // The status has answered the question.
      return "";
    }
  }

  private static int left(long end) throws SocketTimeoutException {
    long millis = (end - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("timeout");
    }
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }

  private static byte[] request(String host, int port, String path, Map<String, String> headers) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("Host", bracketed(host) + ":" + port);
    all.put("User-Agent", "kube-probe/1.36");
    all.put("Accept", "*/*");
    all.put("Connection", "close");
    headers.forEach(
        (k, v) -> {
          all.keySet().removeIf(k::equalsIgnoreCase);
          all.put(k, v);
        });
    StringBuilder text = new StringBuilder("GET ").append(path).append(" HTTP/1.1\r\n");
    all.forEach((k, v) -> text.append(k).append(": ").append(v).append("\r\n"));
    return text.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("EOF");
      }
      if (line.size() > MOST_LINE) {
        throw new IOException("malformed HTTP response: a line is too long");
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.UTF_8);
  }
}
