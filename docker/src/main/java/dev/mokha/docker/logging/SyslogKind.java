package dev.mokha.docker.logging;

import dev.mokha.docker.http.DockerException;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.UnixDatagramSocket;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code syslog}: to a syslog daemon over UDP, TCP, TLS (RFC 5425) or a Unix socket of either kind.
 * Without an address, to the machine's own at /dev/log and the places where others have it.
 */
final class SyslogKind implements LogDriverKind {
  private static final Set<String> OPTIONS =
      Set.of(
          "env",
          "env-regex",
          "labels",
          "labels-regex",
          "syslog-address",
          "syslog-facility",
          "syslog-format",
          "syslog-tls-ca-cert",
          "syslog-tls-cert",
          "syslog-tls-key",
          "syslog-tls-skip-verify",
          "tag");

  private static final String TLS = "tcp+tls";
  private static final Set<String> SCHEMES = Set.of("udp", "tcp", TLS, "unix", "unixgram");
  private static final int PORT = 514;

  private final List<Path> local;

  /** One with the places of this machine's own syslog. */
  SyslogKind(List<Path> local) {
    this.local = local;
  }

  @Override
  public String name() {
    return "syslog";
  }

  @Override
  public void check(Map<String, String> options) {
    GoWords.only(options, OPTIONS, name());
    String text = options.getOrDefault("syslog-address", "");
    if (!text.isEmpty()) {
      ReceiverAddress address = ReceiverAddress.parse(text, PORT);
      if (!SCHEMES.contains(address.scheme())) {
        throw DockerException.invalid("unsupported scheme: '" + address.scheme() + "'");
      }
      if (address.isUnix() && !Files.exists(Path.of(address.host()))) {
        throw DockerException.invalid("stat " + address.host() + ": no such file or directory");
      }
      if (address.port() < 0) {
        throw DockerException.invalid("invalid port in syslog-address: " + text);
      }
    }
    var _ = SyslogFormat.facility(options.getOrDefault("syslog-facility", ""));
    var _ = SyslogFormat.Style.of(options.getOrDefault("syslog-format", ""));
    GoWords.tagAndFields(options);
  }

  @Override
  public LogDriver open(LogSource source, Map<String, String> options) throws IOException {
    String text = options.getOrDefault("syslog-address", "");
    boolean secured = text.startsWith(TLS + "://");
    SyslogFormat format =
        new SyslogFormat(
            SyslogFormat.Style.of(options.getOrDefault("syslog-format", "")),
            SyslogFormat.facility(options.getOrDefault("syslog-facility", "")),
            source.hostname(),
            TagTemplate.of(options).expand(source),
            ProcessHandle.current().pid(),
            secured);
    if (text.isEmpty()) {
      return new Local(local, format);
    }
    ReceiverAddress address = ReceiverAddress.parse(text, PORT);
    return switch (address.scheme()) {
      case "udp" -> new Udp(address, format);
      case "unixgram" -> new Local(List.of(Path.of(address.host())), format);
      default -> {
        boolean unchecked = GoWords.bool(options, "syslog-tls-skip-verify", false);
        TlsFiles files =
            new TlsFiles(
                options.getOrDefault("syslog-tls-ca-cert", ""),
                options.getOrDefault("syslog-tls-cert", ""),
                options.getOrDefault("syslog-tls-key", ""),
                unchecked);
        StreamWire wire =
            new StreamWire(
                address,
                secured ? Optional.of(files.context()) : Optional.empty(),
                !unchecked,
                Duration.ZERO);
        wire.connect();
        yield new Stream(wire, format);
      }
    };
  }

  private record Stream(StreamWire wire, SyslogFormat format) implements LogDriver {
    @Override
    public void send(LogLine line) throws IOException {
      wire.send(format.message(line));
    }

    @Override
    public void close() {
      wire.close();
    }
  }

  private static final class Udp implements LogDriver {
    private final DatagramSocket socket;
    private final ReceiverAddress address;
    private final SyslogFormat format;

    Udp(ReceiverAddress address, SyslogFormat format) throws IOException {
      this.address = address;
      this.format = format;
      this.socket = new DatagramSocket();
    }

    @Override
    public void send(LogLine line) throws IOException {
      byte[] bytes = format.message(line);
      socket.send(new DatagramPacket(bytes, bytes.length, address.resolve()));
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  /** A Unix socket of datagrams. */
  private static final class Local implements LogDriver {
    private final List<Path> places;
    private final SyslogFormat format;
    private UnixDatagramSocket socket;

    Local(List<Path> places, SyslogFormat format) throws IOException {
      this.places = places;
      this.format = format;
      connect();
    }

    private void connect() throws IOException {
      for (Path place : places) {
        try {
          socket = UnixDatagramSocket.connect(place);
          return;
        } catch (LinuxException e) {
          // Perhaps at the next place.
        }
      }
      throw new IOException("Unix syslog delivery error");
    }

    @Override
    public void send(LogLine line) throws IOException {
      if (socket == null) {
        connect();
      }
      try {
        socket.send(format.message(line));
      } catch (LinuxException e) {
        close();
        throw new IOException("Unix syslog delivery error: " + e.getMessage(), e);
      }
    }

    @Override
    public void close() {
      if (socket != null) {
        socket.close();
        socket = null;
      }
    }
  }
}
