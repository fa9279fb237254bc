package dev.mokha.docker.logging;

import dev.mokha.linux.LinuxException;
import dev.mokha.linux.UnixDatagramSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * {@code journald}: systemd's journal by its native protocol, one datagram for each line, with the
 * fields that dockerd gives it.
 */
final class JournaldKind implements LogDriverKind {
  private static final Set<String> OPTIONS =
      Set.of("env", "env-regex", "labels", "labels-regex", "tag");
  private static final String ERROR = "3";
  private static final String INFORMATION = "6";

  private final Path socket;

  /** One with the place of the journal's socket. */
  JournaldKind(Path socket) {
    this.socket = socket;
  }

  @Override
  public String name() {
    return "journald";
  }

  @Override
  public void check(Map<String, String> options) {
    GoWords.only(options, OPTIONS, name());
    GoWords.tagAndFields(options);
  }

  @Override
  public LogDriver open(LogSource source, Map<String, String> options) throws IOException {
    if (!Files.exists(socket)) {
      throw new IOException("journald is not enabled on this host");
    }
    String tag = TagTemplate.of(options).expand(source);
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("CONTAINER_ID", source.shortId());
    fields.put("CONTAINER_ID_FULL", source.id());
    fields.put("CONTAINER_NAME", source.name());
    fields.put("CONTAINER_TAG", tag);
    fields.put("IMAGE_NAME", source.imageName());
    fields.put("SYSLOG_IDENTIFIER", tag);
    source
        .chosen(options)
        .forEach(
            (key, value) -> {
              String name = fieldName(key);
              if (!name.isEmpty()) {
                fields.putIfAbsent(name, value);
              }
            });
    return new Driver(socket, fields);
  }

  /** Field names are of capitals, digits and underscores, which do not begin them. */
  static String fieldName(String key) {
    String name = key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9_]", "_");
    int begin = 0;
    while (begin < name.length()
        && (name.charAt(begin) == '_' || Character.isDigit(name.charAt(begin)))) {
      begin++;
    }
    return name.substring(begin);
  }

  private static final class Driver implements LogDriver {
    private final Path path;
    private final Map<String, String> fields;
    private UnixDatagramSocket socket;

    Driver(Path path, Map<String, String> fields) {
      this.path = path;
      this.fields = fields;
    }

    @Override
    public void send(LogLine line) throws IOException {
      ByteArrayOutputStream datagram = new ByteArrayOutputStream();
      fields.forEach((name, value) -> put(datagram, name, value));
      put(datagram, "PRIORITY", line.error() ? ERROR : INFORMATION);
      put(datagram, "SYSLOG_TIMESTAMP", line.time().toString());
      line.partial()
          .ifPresent(
              partial -> {
                if (!partial.last()) {
                  put(datagram, "CONTAINER_PARTIAL_MESSAGE", "true");
                }
                put(datagram, "CONTAINER_PARTIAL_ID", partial.id());
                put(datagram, "CONTAINER_PARTIAL_ORDINAL", Integer.toString(partial.ordinal()));
                put(datagram, "CONTAINER_PARTIAL_LAST", Boolean.toString(partial.last()));
              });
      put(datagram, "MESSAGE", line.text());
      try {
        if (socket == null) {
          socket = UnixDatagramSocket.connect(path);
        }
        socket.send(datagram.toByteArray());
      } catch (LinuxException e) {
        close();
        throw new IOException("the journal does not take it: " + e.getMessage(), e);
      }
    }

    private static void put(ByteArrayOutputStream datagram, String name, String value) {
      put(datagram, name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** {@code NAME=value}, or with its length where the value has lines of its own. */
    private static void put(ByteArrayOutputStream datagram, String name, byte[] value) {
      datagram.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
      boolean lines = false;
      for (byte b : value) {
        lines |= b == '\n';
      }
      if (lines) {
        datagram.write('\n');
        datagram.writeBytes(
            ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value.length).array());
      } else {
        datagram.write('=');
      }
      datagram.writeBytes(value);
      datagram.write('\n');
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
