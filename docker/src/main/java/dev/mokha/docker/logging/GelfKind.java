package dev.mokha.docker.logging;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code gelf}: Graylog's extended format 1.1, over UDP (compressed, in chunks) or TCP (each
 * message ends with a zero byte, uncompressed).
 */
final class GelfKind implements LogDriverKind {
  private static final Set<String> OPTIONS =
      Set.of(
          "env",
          "env-regex",
          "labels",
          "labels-regex",
          "gelf-address",
          "gelf-compression-level",
          "gelf-compression-type",
          "gelf-tcp-max-reconnect",
          "gelf-tcp-reconnect-delay",
          "tag");

  private static final int ERROR = 3;
  private static final int INFORMATION = 6;

  @Override
  public String name() {
    return "gelf";
  }

  @Override
  public void check(Map<String, String> options) {
    String text = options.getOrDefault("gelf-address", "");
    if (text.isEmpty()) {
      throw DockerException.invalid("gelf-address is a required parameter");
    }
    ReceiverAddress address = ReceiverAddress.parse(text, 0);
    boolean tcp = address.scheme().equals("tcp");
    if (!tcp && !address.scheme().equals("udp")) {
      throw DockerException.invalid("gelf: endpoint needs to be TCP or UDP");
    }
    if (address.port() <= 0 || address.host().isEmpty()) {
      throw DockerException.invalid("gelf: please provide gelf-address as proto://host:port");
    }
    GoWords.only(options, OPTIONS, name());
    options.forEach((option, value) -> check(option, value, tcp));
    GoWords.tagAndFields(options);
  }

  private static void check(String option, String value, boolean tcp) {
    switch (option) {
      case "gelf-compression-level" -> {
        requireUdp(tcp);
        if (number(value, -1, 9) == null) {
          throw unknown(option, value);
        }
      }
      case "gelf-compression-type" -> {
        requireUdp(tcp);
        if (!Set.of("gzip", "zlib", "none").contains(value)) {
          throw unknown(option, value);
        }
      }
      case "gelf-tcp-max-reconnect", "gelf-tcp-reconnect-delay" -> {
        if (!tcp) {
          throw DockerException.invalid("\"" + option + "\" is only valid for TCP");
        }
        if (number(value, 0, Integer.MAX_VALUE) == null) {
          throw DockerException.invalid("\"" + option + "\" must be a positive integer");
        }
      }
      default -> {
        // Of all drivers.
      }
    }
  }

  private static void requireUdp(boolean tcp) {
    if (tcp) {
      throw DockerException.invalid("compression is only supported on UDP");
    }
  }

  private static DockerException unknown(String option, String value) {
    return DockerException.invalid(
        "unknown value \"" + value + "\" for log opt \"" + option + "\" for gelf log driver");
  }

  private static Integer number(String text, int least, int most) {
    try {
      int number = Integer.parseInt(text);
      return number >= least && number <= most ? number : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  @Override
  public LogDriver open(LogSource source, Map<String, String> options)
      throws IOException, InterruptedException {
    ReceiverAddress address = ReceiverAddress.parse(options.get("gelf-address"), 0);
    Message message = Message.of(source, options);
    if (address.scheme().equals("tcp")) {
      StreamWire wire = new StreamWire(address, Optional.empty(), false, Duration.ZERO);
      int attempts = Integer.parseInt(options.getOrDefault("gelf-tcp-max-reconnect", "3"));
      int delay = Integer.parseInt(options.getOrDefault("gelf-tcp-reconnect-delay", "1"));
      Tcp tcp = new Tcp(wire, message, attempts, Duration.ofSeconds(delay));
      wire.connect();
      return tcp;
    }
    return new Udp(
        address,
        message,
        options.getOrDefault("gelf-compression-type", "gzip"),
        Integer.parseInt(options.getOrDefault("gelf-compression-level", "1")));
  }

  /** What all messages of a container have. */
  private record Message(ObjectNode fields) {
    static Message of(LogSource source, Map<String, String> options) {
      ObjectNode fields = Json.object();
      fields.put("version", "1.1");
      fields.put("host", source.hostname());
      fields.put("_command", String.join(" ", source.command()));
      fields.put("_container_id", source.id());
      fields.put("_container_name", source.name());
      fields.put("_created", source.created().toString());
      fields.put("_image_id", source.imageId());
      fields.put("_image_name", source.imageName());
      fields.put("_tag", TagTemplate.of(options).expand(source));
      source
          .chosen(options)
          .forEach((key, value) -> fields.put(key.startsWith("_") ? key : "_" + key, value));
      return new Message(fields);
    }

    byte[] of(LogLine line) {
      ObjectNode message = fields.deepCopy();
      message.put("short_message", line.string());
      message.put(
          "timestamp",
          BigDecimal.valueOf(line.time().toEpochMilli(), 3)); // seconds, with three digits more
      message.put("level", line.error() ? ERROR : INFORMATION);
      return Json.MAPPER.writeValueAsBytes(message);
    }
  }

  private record Tcp(StreamWire wire, Message message, int attempts, Duration delay)
      implements LogDriver {
    @Override
    public void send(LogLine line) throws IOException, InterruptedException {
      byte[] json = message.of(line);
      byte[] ended = java.util.Arrays.copyOf(json, json.length + 1);
      for (int attempt = 0; ; attempt++) {
        try {
          wire.send(ended);
          return;
        } catch (IOException e) {
          if (attempt >= attempts) {
            throw e;
          }
          Thread.sleep(delay);
        }
      }
    }

    @Override
    public void close() {
      wire.close();
    }
  }

  /** Graylog's datagrams: one, or up to 128 chunks with a header of twelve bytes each. */
  private static final class Udp implements LogDriver {
    private static final int CHUNK = 1420;
    private static final int HEADER = 12;
    private static final int MOST_CHUNKS = 128;

    private final DatagramSocket socket;
    private final ReceiverAddress address;
    private final Message message;
    private final String compression;
    private final int level;

    Udp(ReceiverAddress address, Message message, String compression, int level)
        throws IOException {
      this.socket = new DatagramSocket();
      this.address = address;
      this.message = message;
      this.compression = compression;
      this.level = level;
    }

    @Override
    public void send(LogLine line) throws IOException {
      byte[] bytes = compress(message.of(line));
      if (bytes.length <= CHUNK) {
        send(bytes, bytes.length);
        return;
      }
      int room = CHUNK - HEADER;
      int count = (bytes.length + room - 1) / room;
      if (count > MOST_CHUNKS) {
        // No receiver would take it, now or later.
        throw new UnsendableException(
            "A message of " + bytes.length + " bytes needs more than 128 chunks");
      }
      long id = ThreadLocalRandom.current().nextLong();
      for (int i = 0; i < count; i++) {
        int length = Math.min(room, bytes.length - i * room);
        ByteBuffer chunk = ByteBuffer.allocate(HEADER + length);
        chunk.put((byte) 0x1e).put((byte) 0x0f).putLong(id).put((byte) i).put((byte) count);
        chunk.put(bytes, i * room, length);
        send(chunk.array(), chunk.position());
      }
    }

    private void send(byte[] bytes, int length) throws IOException {
      socket.send(new DatagramPacket(bytes, length, address.resolve()));
    }

    private byte[] compress(byte[] json) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      switch (compression) {
        case "none" -> {
          return json;
        }
        case "zlib" -> {
          Deflater deflater = new Deflater(level);
          try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, deflater)) {
            out.write(json);
          } finally {
            deflater.end();
          }
        }
        default -> {
          try (GZIPOutputStream out = new Gzip(bytes, level)) {
            out.write(json);
          }
        }
      }
      return bytes.toByteArray();
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  /** With a level of one's own. */
  private static final class Gzip extends GZIPOutputStream {
    Gzip(ByteArrayOutputStream out, int level) throws IOException {
      super(out);
      def.setLevel(level);
    }
  }
}
