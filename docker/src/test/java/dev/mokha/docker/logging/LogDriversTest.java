package dev.mokha.docker.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.logging.Receivers.Receiver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What each driver refuses, and what its receiver gets. */
final class LogDriversTest {
  private static final Instant TIME = Instant.parse("2026-11-05T10:11:12.345678901Z");
  private static final LogSource SOURCE =
      new LogSource(
          "0123456789abcdef".repeat(4),
          "web",
          "sha256:" + "fedcba9876543210".repeat(4),
          "busybox:latest",
          Instant.parse("2026-11-01T00:00:00Z"),
          List.of("sh", "-c", "x"),
          List.of("TEAM=blue", "OTHER=1"),
          Map.of("app", "shop", "tier", "front"),
          "host7");

  @TempDir Path directory;
  private final LogDrivers drivers = new LogDrivers();

  private static LogLine line(String text, boolean error) {
    return new LogLine(TIME, error, text.getBytes(StandardCharsets.UTF_8), Optional.empty());
  }

  private LogDriver open(String name, String... options) throws IOException, InterruptedException {
    return open(drivers, name, options);
  }

  private static LogDriver open(LogDrivers drivers, String name, String... options)
      throws IOException, InterruptedException {
    LogDriverKind kind = drivers.kind(name).orElseThrow();
    Map<String, String> all = options(options);
    drivers.check(kind, all);
    return kind.open(SOURCE, LogDrivers.own(all));
  }

  private static Map<String, String> options(String... options) {
    Map<String, String> all = new TreeMap<>();
    for (int i = 0; i < options.length; i += 2) {
      all.put(options[i], options[i + 1]);
    }
    return all;
  }

  /** The words are dockerd 28's. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "syslog|foo=x|unknown log opt 'foo' for syslog log driver",
        "syslog|syslog-address=foo|unsupported scheme: ''",
        "syslog|syslog-address=http://foo|unsupported scheme: 'http'",
        "syslog|syslog-address=unix:///nosuch|stat /nosuch: no such file or directory",
        "syslog|syslog-facility=foo|invalid syslog facility",
        "syslog|syslog-facility=99|invalid syslog facility",
        "syslog|syslog-format=foo|Invalid syslog format",
        "syslog|mode=foo|logger: logging mode not supported: foo",
        "syslog|max-buffer-size=1m|logger: max-buffer-size option is only supported with"
            + " 'mode=non-blocking'",
        "syslog|mode=non-blocking,max-buffer-size=foo|error parsing option max-buffer-size:"
            + " invalid size: 'foo'",
        "syslog|cache-disabled=foo|invalid value for option cache-disabled: foo",
        "syslog|cache-foo=foo|unknown log opt 'cache-foo' for syslog log driver",
        "syslog|tag={{.Foo|template: log-tag:1: unclosed action",
        "syslog|tag={{.Foo}}|template: log-tag:1:2: executing \"log-tag\" at <.Foo>: can't"
            + " evaluate field Foo in type *logger.Info",
        "gelf|tag=x|gelf-address is a required parameter",
        "gelf|gelf-address=foo|gelf: endpoint needs to be TCP or UDP",
        "gelf|gelf-address=udp://1.1.1.1|gelf: please provide gelf-address as proto://host:port",
        "gelf|gelf-address=udp://h:1,foo=x|unknown log opt 'foo' for gelf log driver",
        "gelf|gelf-address=tcp://h:1,gelf-compression-type=gzip|compression is only supported on"
            + " UDP",
        "gelf|gelf-address=udp://h:1,gelf-compression-type=foo|unknown value \"foo\" for log opt"
            + " \"gelf-compression-type\" for gelf log driver",
        "gelf|gelf-address=udp://h:1,gelf-compression-level=20|unknown value \"20\" for log opt"
            + " \"gelf-compression-level\" for gelf log driver",
        "gelf|gelf-address=udp://h:1,gelf-tcp-max-reconnect=3|\"gelf-tcp-max-reconnect\" is only"
            + " valid for TCP",
        "gelf|gelf-address=tcp://h:1,gelf-tcp-max-reconnect=x|\"gelf-tcp-max-reconnect\" must be"
            + " a positive integer",
        "fluentd|foo=x|unknown log opt 'foo' for fluentd log driver",
        "fluentd|fluentd-address=http://x|invalid fluentd-address (http://x): unsupported scheme:"
            + " 'http'",
        "fluentd|fluentd-address=unix://|invalid fluentd-address (unix://): path is empty",
        "fluentd|fluentd-address=tcp://x/path|invalid fluentd-address (tcp://x/path): should not"
            + " contain a path element",
        "fluentd|fluentd-async=x|strconv.ParseBool: parsing \"x\": invalid syntax",
        "fluentd|fluentd-buffer-limit=x|invalid size: 'x'",
        "fluentd|fluentd-retry-wait=x|time: invalid duration \"x\"",
        "fluentd|fluentd-max-retries=x|strconv.ParseUint: parsing \"x\": invalid syntax",
        "fluentd|fluentd-async-reconnect-interval=x|invalid value for"
            + " fluentd-async-reconnect-interval: time: invalid duration \"x\"",
        "fluentd|fluentd-async-reconnect-interval=1ms|invalid value for"
            + " fluentd-async-reconnect-interval: value (\"1ms\") must be between 100ms and 10s",
        "fluentd|fluentd-write-timeout=x|invalid value for fluentd-write-timeout: value must be a"
            + " duration: time: invalid duration \"x\"",
        "journald|foo=x|unknown log opt 'foo' for journald log driver"
      })
  void whatMakesNoSenseIsRefused(String name, String options, String message) {
    Map<String, String> all = new TreeMap<>();
    for (String option : options.split(",")) {
      int equals = option.indexOf('=');
      all.put(option.substring(0, equals), option.substring(equals + 1));
    }
    assertThatThrownBy(() -> drivers.check(drivers.kind(name).orElseThrow(), all))
        .isInstanceOf(DockerException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{{.ID}};0123456789ab",
        "{{.Name}}/{{.ImageName}};web/busybox:latest",
        "{{ .FullID }};0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "{{.ImageID}};fedcba987654",
        "{{upper .Name}}-{{.Name | title}};WEB-Web",
        "a {{- .Name -}} b;awebb",
        "{{index .ContainerLabels \"app\"}};shop",
        "{{.DaemonName}} {{.Command}};docker sh -c x"
      })
  void tagsAreMadeOfTheContainer(String tag, String expanded) {
    assertThat(TagTemplate.of(Map.of("tag", tag)).expand(SOURCE)).isEqualTo(expanded);
  }

  @Test
  void labelsAndVariablesAreChosenByNameOrPattern() {
    assertThat(SOURCE.chosen(Map.of("labels", "app,none", "env-regex", "^TE")))
        .containsOnly(Map.entry("app", "shop"), Map.entry("TEAM", "blue"));
  }

  @Test
  void syslogSpeaksBothFormats() throws Exception {
    long pid = ProcessHandle.current().pid();
    try (Receiver receiver = Receivers.udp();
        LogDriver newer =
            open(
                "syslog",
                "syslog-address",
                "udp://127.0.0.1:" + receiver.port(),
                "syslog-format",
                "rfc5424micro",
                "syslog-facility",
                "local3",
                "tag",
                "{{.Name}}")) {
      newer.send(line("hello", false));
      assertThat(receiver.text())
          .matches(
              "<158>1 2026-11-05T\\d\\d:11:12\\.345678\\S+ host7 web " + pid + " web - hello\n");
    }
    try (Receiver receiver = Receivers.tcp(0, '\n');
        LogDriver older =
            open(
                "syslog",
                "syslog-address",
                "tcp://127.0.0.1:" + receiver.port(),
                "syslog-format",
                "rfc3164")) {
      older.send(line("bad", true));
      assertThat(receiver.text())
          .matches("<27>Nov  5 \\d\\d:11:12 host7 0123456789ab\\[" + pid + "\\]: bad");
    }
    Path socket = directory.resolve("log");
    try (Receiver receiver = Receivers.unix(socket);
        LogDriver local =
            open(
                new LogDrivers(List.of(directory.resolve("no"), socket), socket),
                "syslog",
                "tag",
                "t")) {
      local.send(line("here", false));
      assertThat(receiver.text()).matches("<30>Nov  5 \\d\\d:11:12 t\\[" + pid + "\\]: here\n");
    }
    assertThatThrownBy(
            () ->
                open(new LogDrivers(List.of(directory.resolve("no")), socket), "syslog")
                    .send(line("x", false)))
        .hasMessage("Unix syslog delivery error");
  }

  @Test
  void gelfIsCompressedAndCut() throws Exception {
    try (Receiver receiver = Receivers.udp();
        LogDriver driver =
            open(
                "gelf",
                "gelf-address",
                "udp://127.0.0.1:" + receiver.port(),
                "labels",
                "app",
                "env",
                "TEAM",
                "tag",
                "{{.ImageName}}")) {
      driver.send(line("hello", true));
      JsonNode json =
          Json.MAPPER.readTree(new GZIPInputStream(new ByteArrayInputStream(receiver.take())));
      assertThat(json.path("version").asString()).isEqualTo("1.1");
      assertThat(json.path("host").asString()).isEqualTo("host7");
      assertThat(json.path("short_message").asString()).isEqualTo("hello");
      assertThat(json.path("timestamp").asDouble()).isEqualTo(1793873472.345);
      assertThat(json.path("level").asInt()).isEqualTo(3);
      assertThat(json.path("_container_name").asString()).isEqualTo("web");
      assertThat(json.path("_tag").asString()).isEqualTo("busybox:latest");
      assertThat(json.path("_app").asString()).isEqualTo("shop");
      assertThat(json.path("_TEAM").asString()).isEqualTo("blue");
      assertThat(json.path("_command").asString()).isEqualTo("sh -c x");
    }
    try (Receiver receiver = Receivers.udp();
        LogDriver driver =
            open(
                "gelf",
                "gelf-address",
                "udp://127.0.0.1:" + receiver.port(),
                "gelf-compression-type",
                "none")) {
      String text = "0123456789".repeat(400);
      driver.send(line(text, false));
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      int count = 1;
      for (int i = 0; i < count; i++) {
        byte[] chunk = receiver.take();
        assertThat(chunk).startsWith(0x1e, 0x0f).hasSizeLessThanOrEqualTo(1420);
        assertThat(chunk[10]).isEqualTo((byte) i);
        count = chunk[11];
        whole.write(chunk, 12, chunk.length - 12);
      }
      assertThat(count).isEqualTo(4);
      assertThat(Json.MAPPER.readTree(whole.toByteArray()).path("short_message").asString())
          .isEqualTo(text);
      assertThatThrownBy(() -> driver.send(line("x".repeat(200_000), false)))
          .isInstanceOf(UnsendableException.class);
    }
    try (Receiver receiver = Receivers.udp();
        LogDriver driver =
            open(
                "gelf",
                "gelf-address",
                "udp://127.0.0.1:" + receiver.port(),
                "gelf-compression-type",
                "zlib",
                "gelf-compression-level",
                "9")) {
      driver.send(line("z", false));
      assertThat(
              new String(
                  new InflaterInputStream(new ByteArrayInputStream(receiver.take())).readAllBytes(),
                  StandardCharsets.UTF_8))
          .contains("\"short_message\":\"z\"");
    }
  }

  @Test
  void gelfOverTcpEndsWithZeroAndConnectsAgain() throws Exception {
    Receiver first = Receivers.tcp(0, 0);
    try (LogDriver driver =
        open(
            "gelf",
            "gelf-address",
            "tcp://127.0.0.1:" + first.port(),
            "gelf-tcp-reconnect-delay",
            "0")) {
      driver.send(line("one", false));
      assertThat(first.text()).contains("\"short_message\":\"one\"");
      first.close();
      assertThatThrownBy(() -> driver.send(line("two", false))).isInstanceOf(IOException.class);
      try (Receiver second = Receivers.tcp(first.port(), 0)) {
        driver.send(line("two", false));
        assertThat(second.text()).contains("\"short_message\":\"two\"");
      }
    }
    assertThatThrownBy(() -> open("gelf", "gelf-address", "tcp://127.0.0.1:" + first.port()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("dial tcp://127.0.0.1:" + first.port());
  }

  @Test
  void fluentdGetsRecordsAndAcknowledges() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      CompletableFuture<byte[]> said = new CompletableFuture<>();
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket socket = server.accept();
                    InputStream in = socket.getInputStream()) {
                  byte[] buffer = new byte[4096];
                  int n = in.read(buffer);
                  byte[] message = Arrays.copyOf(buffer, n);
                  // The acknowledgement is the option with another key: {"ack": chunk}.
                  String text = new String(message, StandardCharsets.ISO_8859_1);
                  String chunk = text.substring(text.length() - 24);
                  socket
                      .getOutputStream()
                      .write(
                          new MessagePack()
                              .map(Map.of("ack", chunk.getBytes(StandardCharsets.US_ASCII)))
                              .bytes());
                  said.complete(message);
                  in.read();
                } catch (IOException e) {
                  said.completeExceptionally(e);
                }
              });
      try (LogDriver driver =
          open(
              "fluentd",
              "fluentd-address",
              "127.0.0.1:" + server.getLocalPort(),
              "fluentd-request-ack",
              "true",
              "fluentd-sub-second-precision",
              "true",
              "tag",
              "docker.{{.Name}}",
              "labels",
              "app")) {
        driver.send(
            new LogLine(
                TIME,
                true,
                "half".getBytes(StandardCharsets.UTF_8),
                Optional.of(new LogLine.Partial("p", 2, true))));
      }
      byte[] message = said.join();
      assertThat(message)
          .startsWith(
              new MessagePack()
                  .array(4)
                  .string("docker.web")
                  .eventTime(TIME.getEpochSecond(), TIME.getNano())
                  .bytes());
      assertThat(new String(message, StandardCharsets.ISO_8859_1))
          .contains(
              "\u00a8/web".substring(1),
              "container_id\u00d9\u0040" + SOURCE.id(),
              "\u00a3log\u00a4half",
              "\u00a6source\u00a6stderr",
              "\u00a3app\u00a4shop",
              "partial_ordinal\u00a12",
              "partial_last\u00a4true",
              "\u00a5chunk\u00b8");
    }
    assertThatThrownBy(() -> open("fluentd", "fluentd-address", "127.0.0.1:1"))
        .isInstanceOf(IOException.class);
    open("fluentd", "fluentd-address", "127.0.0.1:1", "fluentd-async", "true").close();
  }

  @Test
  void journaldGetsFields() throws Exception {
    Path socket = directory.resolve("journal");
    LogDrivers here = new LogDrivers(List.of(), socket);
    assertThatThrownBy(() -> open(here, "journald"))
        .hasMessage("journald is not enabled on this host");
    try (Receiver receiver = Receivers.unix(socket);
        LogDriver driver = open(here, "journald", "tag", "{{.Name}}", "labels-regex", "app|tier")) {
      driver.send(line("said", true));
      assertThat(receiver.text().lines())
          .contains(
              "CONTAINER_ID=0123456789ab",
              "CONTAINER_ID_FULL=" + SOURCE.id(),
              "CONTAINER_NAME=web",
              "CONTAINER_TAG=web",
              "SYSLOG_IDENTIFIER=web",
              "IMAGE_NAME=busybox:latest",
              "APP=shop",
              "TIER=front",
              "PRIORITY=3",
              "MESSAGE=said");
      driver.send(line("two\nlines", false));
      assertThat(receiver.text()).contains("MESSAGE\n\t\0\0\0\0\0\0\0two\nlines\n", "PRIORITY=6");
    }
    assertThat(JournaldKind.fieldName("com.example/app-1")).isEqualTo("COM_EXAMPLE_APP_1");
    assertThat(JournaldKind.fieldName("_9x")).isEqualTo("X");
  }
}
