package dev.mokha.network.dns;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers that know all other names: those that were configured, else those of the host's
 * resolv.conf, read again when it changes. This server itself is never one of them.
 */
public final class Upstreams {
  private static final Logger LOG = LoggerFactory.getLogger(Upstreams.class);
  private static final int PORT = 53;
  private static final long RECHECK_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** systemd-resolved's stub; what it asks itself is in another file. */
  private static final String STUB = "127.0.0.53";

  private final List<InetSocketAddress> configured;
  private final Path resolvConf;
  private final Path behindStub;
  private final Predicate<InetAddress> isOwn;
  private List<InetSocketAddress> read = List.of();
  private FileTime readAt;
  private long checked;

  private Upstreams(
      List<InetSocketAddress> configured,
      Path resolvConf,
      Path behindStub,
      Predicate<InetAddress> isOwn) {
    this.configured = List.copyOf(configured);
    this.resolvConf = requireNonNull(resolvConf, "resolvConf");
    this.behindStub = requireNonNull(behindStub, "behindStub");
    this.isOwn = requireNonNull(isOwn, "isOwn");
  }

  /**
   * Servers by address, such as {@code 192.0.2.53} or {@code 192.0.2.53:5353}; the host's when
   * empty.
   */
  public static Upstreams of(List<String> servers, Predicate<InetAddress> isOwn) {
    return new Upstreams(
        servers.stream().map(Upstreams::parse).toList(),
        Path.of("/etc/resolv.conf"),
        Path.of("/run/systemd/resolve/resolv.conf"),
        isOwn);
  }

  /** Servers of another resolv.conf. */
  static Upstreams ofFile(Path resolvConf, Path behindStub, Predicate<InetAddress> isOwn) {
    return new Upstreams(List.of(), resolvConf, behindStub, isOwn);
  }

  /** The servers, in the order they are asked. */
  public synchronized List<InetSocketAddress> servers() {
    if (!configured.isEmpty()) {
      return configured;
    }
    long now = System.nanoTime();
    if (readAt == null || now - checked > RECHECK_NANOS) {
      checked = now;
      try {
        FileTime changed = Files.getLastModifiedTime(resolvConf);
        if (!changed.equals(readAt)) {
          read = read(resolvConf);
          if (read.stream().anyMatch(s -> s.getAddress().getHostAddress().equals(STUB))
              && Files.exists(behindStub)) {
            read = read(behindStub);
          }
          readAt = changed;
          LOG.debug("Names outside the cluster are asked of {}", read);
        }
      } catch (IOException e) {
        LOG.debug("The host has no usable {}: {}", resolvConf, e.getMessage());
        read = List.of();
        readAt = FileTime.fromMillis(0);
      }
    }
    return read;
  }

  private List<InetSocketAddress> read(Path file) throws IOException {
    List<InetSocketAddress> servers = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      String[] words = line.strip().split("\\s+", -1);
      if (words.length >= 2 && words[0].equals("nameserver")) {
        try {
          InetSocketAddress server = parse(words[1]);
          if (!isOwn.test(server.getAddress())) {
            servers.add(server);
          }
        } catch (IllegalArgumentException e) {
          LOG.warn("{} names a server that is no address: {}", file, words[1]);
        }
      }
    }
    return List.copyOf(servers);
  }

  private static InetSocketAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    boolean four = text.indexOf('.') > 0 && text.indexOf(':') == colon;
    if (four && colon > 0) {
      return new InetSocketAddress(
          InetAddress.ofLiteral(text.substring(0, colon)),
          Integer.parseInt(text.substring(colon + 1)));
    }
    return new InetSocketAddress(InetAddress.ofLiteral(text), PORT);
  }
}
