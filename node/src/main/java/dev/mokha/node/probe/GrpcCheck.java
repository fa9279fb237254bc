package dev.mokha.node.probe;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * {@code grpc.health.v1.Health/Check} (the gRPC health checking protocol) over the least of HTTP/2
 * (RFC 9113) that one call needs: one stream, headers written as literals (RFC 7541, 6.2.2), the
 * answer's headers skipped, since a healthy answer has a message and an unhealthy one has none.
 */
public final class GrpcCheck {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;
  private static final int PADDED = 8;
  private static final int MOST_MESSAGE = 64 * 1024;
  private static final String[] STATUS = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};

  private GrpcCheck() {}

  /**
   * Asks.
   *
   * @param service empty for the server as a whole
   */
  public static CheckResult check(String host, int port, String service, Duration timeout) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), (int) timeout.toMillis());
      socket.setSoTimeout((int) timeout.toMillis());
      send(socket.getOutputStream(), host + ":" + port, service);
      return answer(socket, System.nanoTime() + timeout.toNanos());
    } catch (ConnectException e) {
      return new CheckResult(
          false,
          "timeout: failed to connect service \"%s:%d\" within %dms: connection refused"
              .formatted(host, port, timeout.toMillis()),
          true);
    } catch (SocketTimeoutException e) {
      return CheckResult.failed(
          "timeout: health rpc did not complete within " + timeout.toMillis() + "ms");
    } catch (IOException e) {
      return CheckResult.failed("service unhealthy (" + e.getMessage() + ")");
    }
  }

  private static void send(OutputStream out, String authority, String service) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(PREFACE.getBytes(StandardCharsets.US_ASCII));
    frame(all, SETTINGS, 0, 0, new byte[0]);
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    header(headers, ":method", "POST");
    header(headers, ":scheme", "http");
    header(headers, ":path", "/grpc.health.v1.Health/Check");
    header(headers, ":authority", authority);
    header(headers, "content-type", "application/grpc");
    header(headers, "user-agent", "kube-probe/1.36");
    header(headers, "te", "trailers");
    frame(all, HEADERS, END_HEADERS, 1, headers.toByteArray());
    byte[] name = service.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    if (name.length > 0) {
      message.write(0x0a); // field 1, length-delimited
      varint(message, name.length);
      message.writeBytes(name);
    }
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.write(0); // not compressed
    data.writeBytes(int32(message.size()));
    data.writeBytes(message.toByteArray());
    frame(all, DATA, END_STREAM, 1, data.toByteArray());
    out.write(all.toByteArray());
    out.flush();
  }

  private static void frame(
      ByteArrayOutputStream out, int type, int flags, int stream, byte[] payload) {
    out.write(payload.length >> 16);
    out.write(payload.length >> 8);
    out.write(payload.length);
    out.write(type);
    out.write(flags);
    out.writeBytes(int32(stream));
    out.writeBytes(payload);
  }

  private static byte[] int32(int value) {
    return new byte[] {
      (byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value
    };
  }

  private static void header(ByteArrayOutputStream out, String name, String value) {
    out.write(0); // literal without indexing, new name
    for (String text : new String[] {name, value}) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      if (bytes.length < 127) {
        out.write(bytes.length);
      } else {
        out.write(127);
        varint(out, bytes.length - 127);
      }
      out.writeBytes(bytes);
    }
  }

  private static void varint(ByteArrayOutputStream out, int value) {
    int rest = value;
    while (rest >= 0x80) {
      out.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }

  private static CheckResult answer(Socket socket, long end) throws IOException {
    DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    while (true) {
      if (System.nanoTime() > end) {
        throw new SocketTimeoutException();
      }
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      in.readInt();
      byte[] payload = in.readNBytes(length);
      if (payload.length < length) {
        throw new EOFException("connection closed");
      }
      switch (type) {
        case DATA -> append(message, payload, flags);
        case SETTINGS -> {
          if ((flags & ACK) == 0) {
            reply(socket, SETTINGS, new byte[0]);
          }
        }
        case PING -> {
          if ((flags & ACK) == 0) {
            reply(socket, PING, payload);
          }
        }
        case RST_STREAM, GOAWAY -> throw new IOException("the server refused the call");
        default -> {}
      }
      boolean ended = (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
      if (ended || complete(message.toByteArray())) {
        return judge(message.toByteArray());
      }
    }
  }

  private static void append(ByteArrayOutputStream message, byte[] payload, int flags)
      throws IOException {
    int padding = (flags & PADDED) != 0 ? (payload[0] & 0xff) + 1 : 0;
    int from = (flags & PADDED) != 0 ? 1 : 0;
    message.write(payload, from, payload.length - padding);
    if (message.size() > MOST_MESSAGE) {
      throw new IOException("the answer is too long");
    }
  }

  private static void reply(Socket socket, int type, byte[] payload) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    frame(out, type, ACK, 0, payload);
    socket.getOutputStream().write(out.toByteArray());
    socket.getOutputStream().flush();
  }

  private static boolean complete(byte[] data) {
    if (data.length < 5) {
      return false;
    }
    int length =
        ((data[1] & 0xff) << 24)
            | ((data[2] & 0xff) << 16)
            | ((data[3] & 0xff) << 8)
            | (data[4] & 0xff);
    return data.length >= 5 + length;
  }

  private static CheckResult judge(byte[] data) {
    if (!complete(data)) {
      return CheckResult.failed(
          "error: this server does not implement the grpc health protocol"
              + " (grpc.health.v1.Health) or does not know the service");
    }
    // HealthCheckResponse: field 1, varint. Absent means 0.
    int status = data.length >= 7 && data[5] == 0x08 ? data[6] & 0x7f : 0;
    String name = status < STATUS.length ? STATUS[status] : Integer.toString(status);
    return status == 1
        ? CheckResult.ok("service healthy")
        : CheckResult.failed("service unhealthy (responded with \"" + name + "\")");
  }
}
