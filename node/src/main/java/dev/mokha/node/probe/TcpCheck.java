package dev.mokha.node.probe;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** Whether something accepts connections. */
public final class TcpCheck {
  private TcpCheck() {}

  /** Connects and closes. */
  public static CheckResult connect(String host, int port, Duration timeout) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), (int) timeout.toMillis());
      return CheckResult.ok("");
    } catch (ConnectException e) {
      return new CheckResult(
          false, "dial tcp " + host + ":" + port + ": connect: connection refused", true);
    } catch (SocketTimeoutException e) {
      return CheckResult.failed("dial tcp " + host + ":" + port + ": i/o timeout");
    } catch (IOException e) {
      return CheckResult.failed("dial tcp " + host + ":" + port + ": " + e.getMessage());
    }
  }
}
