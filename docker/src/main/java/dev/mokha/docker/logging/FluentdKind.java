package dev.mokha.docker.logging;

import dev.mokha.docker.http.DockerException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * {@code fluentd}: Fluentd's forward protocol (specification version 1, message mode) over TCP, TLS
 * or a Unix socket.
 */
final class FluentdKind implements LogDriverKind {
  private static final Set<String> OPTIONS =
      Set.of(
          "env",
          "env-regex",
          "labels",
          "labels-regex",
          "tag",
          "fluentd-address",
          "fluentd-async",
          "fluentd-async-reconnect-interval",
          "fluentd-buffer-limit",
          "fluentd-max-retries",
          "fluentd-request-ack",
          "fluentd-retry-wait",
          "fluentd-sub-second-precision",
          "fluentd-write-timeout");

  private static final Set<String> SCHEMES = Set.of("tcp", "tls", "unix");
  private static final int PORT = 24224;
  private static final Duration ACKNOWLEDGED_IN = Duration.ofSeconds(30);
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(10);

  @Override
  public String name() {
    return "fluentd";
  }

  @Override
  public void check(Map<String, String> options) {
    GoWords.only(options, OPTIONS, name());
    var _ = address(options);
    for (String flag :
        Set.of("fluentd-async", "fluentd-request-ack", "fluentd-sub-second-precision")) {
      var _ = GoWords.bool(options, flag, false);
    }
    options.forEach(FluentdKind::check);
    GoWords.tagAndFields(options);
  }

  private static void check(String option, String value) {
    if (value.isEmpty()) {
      return;
    }
    switch (option) {
      case "fluentd-buffer-limit" -> {
        var _ = GoWords.size(value);
      }
      case "fluentd-retry-wait" -> {
        var _ = GoWords.duration(value);
      }
      case "fluentd-max-retries" -> {
        var _ = GoWords.unsigned(value);
      }
      case "fluentd-async-reconnect-interval" -> {
        Duration interval = duration(option, "", value);
        if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
          throw DockerException.invalid(
              "invalid value for "
                  + option
                  + ": value (\""
                  + value
                  + "\") must be between 100ms and 10s");
        }
      }
      case "fluentd-write-timeout" -> {
        var _ = duration(option, "value must be a duration: ", value);
      }
      default -> {
        // Needs no check of its own.
      }
    }
  }

  private static Duration duration(String option, String more, String value) {
    try {
      return GoWords.duration(value);
    } catch (DockerException e) {
      throw new DockerException(
          400, "invalid value for " + option + ": " + more + e.getMessage(), e);
    }
  }

  private static ReceiverAddress address(Map<String, String> options) {
    String text = options.getOrDefault("fluentd-address", "");
    String whole = text.contains("://") ? text : "tcp://" + text;
    ReceiverAddress address = ReceiverAddress.parse(whole, PORT);
    String refusal = "";
    if (!SCHEMES.contains(address.scheme())) {
      refusal = "unsupported scheme: '" + address.scheme() + "'";
    } else if (address.isUnix() && address.host().isEmpty()) {
      refusal = "path is empty";
    } else if (!address.path().isEmpty()) {
      refusal = "should not contain a path element";
    } else if (address.port() < 0) {
      refusal = "invalid port";
    }
    if (!refusal.isEmpty()) {
      throw DockerException.invalid("invalid fluentd-address (" + text + "): " + refusal);
    }
    return address;
  }

  @Override
  public LogDriver open(LogSource source, Map<String, String> options) throws IOException {
    ReceiverAddress address = address(options);
    boolean acknowledged = GoWords.bool(options, "fluentd-request-ack", false);
    Map<String, byte[]> fields = new LinkedHashMap<>();
    put(fields, "container_id", source.id());
    put(fields, "container_name", "/" + source.name());
    source.chosen(options).forEach((key, value) -> put(fields, key, value));
    StreamWire wire =
        new StreamWire(
            address,
            address.scheme().equals("tls")
                ? Optional.of(new TlsFiles("", "", "", false).context())
                : Optional.empty(),
            true,
            acknowledged ? ACKNOWLEDGED_IN : Duration.ZERO);
    Driver driver =
        new Driver(
            wire,
            TagTemplate.of(options).expand(source),
            fields,
            GoWords.bool(options, "fluentd-sub-second-precision", false),
            acknowledged);
    if (!GoWords.bool(options, "fluentd-async", false)) {
      wire.connect();
    }
    return driver;
  }

  private static void put(Map<String, byte[]> fields, String key, String value) {
    fields.put(key, value.getBytes(StandardCharsets.UTF_8));
  }

  private record Driver(
      StreamWire wire,
      String tag,
      Map<String, byte[]> fields,
      boolean precise,
      boolean acknowledged)
      implements LogDriver {
    @Override
    public void send(LogLine line) throws IOException {
      Map<String, byte[]> record = new LinkedHashMap<>(fields);
      record.put("log", line.text());
      put(record, "source", line.stream());
      line.partial()
          .ifPresent(
              partial -> {
                put(record, "partial_message", "true");
                put(record, "partial_id", partial.id());
                put(record, "partial_ordinal", Integer.toString(partial.ordinal()));
                put(record, "partial_last", Boolean.toString(partial.last()));
              });
      MessagePack message = new MessagePack().array(acknowledged ? 4 : 3).string(tag);
      if (precise) {
        message.eventTime(line.time().getEpochSecond(), line.time().getNano());
      } else {
        message.unsigned(line.time().getEpochSecond());
      }
      message.map(record);
      if (!acknowledged) {
        wire.send(message.bytes());
        return;
      }
      byte[] random = new byte[16];
      ThreadLocalRandom.current().nextBytes(random);
      String chunk = Base64.getEncoder().encodeToString(random);
      wire.send(message.map(Map.of("chunk", chunk.getBytes(StandardCharsets.US_ASCII))).bytes());
      awaitAcknowledgement(chunk);
    }

    /** The answer is a map of one entry: {@code ack}, with the chunk's name. */
    private void awaitAcknowledgement(String chunk) throws IOException {
      byte[] wanted =
          new MessagePack().map(Map.of("ack", chunk.getBytes(StandardCharsets.US_ASCII))).bytes();
      try {
        InputStream answers = wire.answers();
        byte[] answer = answers.readNBytes(wanted.length);
        if (!java.util.Arrays.equals(answer, wanted)) {
          throw new IOException("the receiver did not acknowledge what was sent");
        }
      } catch (SocketTimeoutException e) {
        wire.close();
        throw new IOException("the receiver did not acknowledge in time", e);
      } catch (IOException e) {
        wire.close();
        throw e;
      }
    }

    @Override
    public void close() {
      wire.close();
    }
  }
}
