package dev.mokha.engineclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EngineClientTest {
  private static String answer(int status, String body) {
    return "HTTP/1.1 "
        + status
        + " Said\r\nContent-Type: application/json\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static String chunk(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
  }

  @Test
  void aConnectionServesSeveralCalls() throws Exception {
    try (ScriptedEngine engine =
            new ScriptedEngine(
                peer -> {
                  while (!peer.head().isEmpty()) {
                    peer.say(answer(200, "{\"Version\":\"9\"}"));
                  }
                });
        EngineClient client = EngineClient.local(engine.socket())) {
      for (int i = 0; i < 3; i++) {
        assertThat(client.engine().version().path("Version").asString("")).isEqualTo("9");
      }
      assertThat(engine.connections()).isEqualTo(1);
      assertThat(engine.requests().getFirst()).startsWith("GET /v1.50/version HTTP/1.1\r\n");
    }
  }

  @Test
  void aKeptConnectionThatTheEngineClosedIsReplaced() throws Exception {
    try (ScriptedEngine engine =
            new ScriptedEngine(
                peer -> {
                  peer.head();
                  peer.say(answer(200, "{}"));
                });
        EngineClient client = EngineClient.local(engine.socket())) {
      client.engine().version();
      client.engine().version();
      assertThat(engine.connections()).isEqualTo(2);
    }
  }

  @Test
  void aRefusalCarriesTheEnginesWords() throws Exception {
    try (ScriptedEngine engine =
            new ScriptedEngine(
                peer -> {
                  peer.head();
                  peer.say(answer(404, "{\"message\":\"No such container: x\"}"));
                });
        EngineClient client = EngineClient.local(engine.socket())) {
      assertThatThrownBy(() -> client.containers().inspect("x"))
          .isInstanceOf(EngineClientException.class)
          .hasMessage("No such container: x")
          .extracting(e -> ((EngineClientException) e).status())
          .isEqualTo(404);
    }
  }

  @Test
  void theVersionIsNegotiatedDownAndNotTooFar() throws Exception {
    for (String theirs : List.of("1.41", "1.23")) {
      try (ScriptedEngine engine =
              new ScriptedEngine(
                  peer -> {
                    for (String head = peer.head(); !head.isEmpty(); head = peer.head()) {
                      peer.say(
                          "HTTP/1.1 200 OK\r\nApi-Version: "
                              + theirs
                              + "\r\nContent-Length: 2\r\n\r\n{}");
                    }
                  });
          EngineClient client = EngineClient.local(engine.socket())) {
        if (theirs.equals("1.23")) {
          assertThatThrownBy(client::negotiate).hasMessageContaining("1.24");
        } else {
          client.negotiate().engine().version();
          assertThat(engine.requests().getLast()).startsWith("GET /v1.41/version ");
        }
      }
    }
  }

  @Test
  void eventsComeOneByOneAndAnErrorAmongThemEndsTheCall() throws Exception {
    try (ScriptedEngine engine =
            new ScriptedEngine(
                peer -> {
                  peer.head();
                  peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                  peer.say(
                      chunk(
                          "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"a\",\"Attributes\":{\"name\":\"web\"}},\"timeNano\":1500000000}\n"
                              + "{\"Ty"));
                  peer.say(chunk("pe\":\"image\",\"Action\":\"pull\"}\n"));
                  peer.say(chunk("{\"errorDetail\":{\"message\":\"gone\"}}\n") + "0\r\n\r\n");
                });
        EngineClient client = EngineClient.local(engine.socket())) {
      List<Engine.Event> heard = new ArrayList<>();
      assertThatThrownBy(() -> client.engine().events(null, null, Map.of(), heard::add))
          .hasMessage("gone");
      assertThat(heard).hasSize(2);
      assertThat(heard.getFirst())
          .isEqualTo(
              new Engine.Event(
                  "container",
                  "start",
                  "a",
                  Map.of("name", "web"),
                  Instant.ofEpochSecond(1, 500_000_000)));
    }
  }

  @Test
  void attachedInputCanEndBeforeOutputDoes() throws Exception {
    byte[] framed = {1, 0, 0, 0, 0, 0, 0, 2, 'o', 'k', 2, 0, 0, 0, 0, 0, 0, 1, 'e'};
    try (ScriptedEngine engine =
            new ScriptedEngine(
                peer -> {
                  String head = peer.head();
                  if (head.startsWith("GET")) {
                    peer.say(answer(200, "{\"Config\":{\"Tty\":false}}"));
                    return;
                  }
                  peer.say("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
                  peer.say(new byte[] {1, 0, 0, 0, 0, 0, 0, 1, '>'});
                  String input = peer.rest();
                  peer.say(new byte[] {1, 0, 0, 0, 0, 0, 0, (byte) input.length()});
                  peer.say(input);
                  peer.say(framed);
                });
        EngineClient client = EngineClient.local(engine.socket());
        Session session = client.containers().attach("web")) {
      session.input().write("typed".getBytes(StandardCharsets.UTF_8));
      session.endInput();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      session.output().copyTo(out, err);
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(">typedok");
      assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("e");
    }
  }

  @Test
  void anAnswerThatBreaksOffIsAnError() throws Exception {
    try (ScriptedEngine engine =
            new ScriptedEngine(
                peer -> {
                  peer.head();
                  peer.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Version\":");
                });
        EngineClient client = EngineClient.local(engine.socket())) {
      assertThatThrownBy(() -> client.engine().version())
          .isInstanceOf(EngineClientException.class)
          .hasMessageContaining("ended early");
    }
  }

  @Test
  void aLargeUploadIsRefusedWhileItIsSent() throws Exception {
    try (ScriptedEngine engine =
            new ScriptedEngine(
                peer -> {
                  peer.head();
                  peer.say(answer(400, "{\"message\":\"Cannot locate specified Dockerfile\"}"));
                });
        EngineClient client = EngineClient.local(engine.socket())) {
      byte[] context = new byte[8 << 20];
      assertThatThrownBy(
              () ->
                  client
                      .images()
                      .build(new ByteArrayInputStream(context), Build.DEFAULT, step -> {}))
          .hasMessage("Cannot locate specified Dockerfile");
    }
  }

  @Test
  void whereNobodyListensTheMessageSaysWhere() {
    try (EngineClient client = EngineClient.local(Path.of("/nonexistent/docker.sock"))) {
      assertThatThrownBy(() -> client.engine().ping())
          .isInstanceOf(EngineClientException.class)
          .hasMessageContaining("/nonexistent/docker.sock");
    }
  }

  @Test
  void aBodyIsWhatTheApiWants() throws IOException {
    NewContainer container =
        NewContainer.of("db:1")
            .env("A", "b")
            .publish("", 0, 53, "udp")
            .bind("data", "/data")
            .cpus(1.5)
            .network("back", "db");
    assertThat(Api.JSON.writeValueAsString(container.body()))
        .isEqualTo(
            "{\"Image\":\"db:1\",\"Env\":[\"A=b\"],\"ExposedPorts\":{\"53/udp\":{}},"
                + "\"HostConfig\":{\"PortBindings\":{\"53/udp\":[{\"HostIp\":\"\",\"HostPort\":\"\"}]},"
                + "\"Binds\":[\"data:/data\"],\"NanoCpus\":1500000000,\"NetworkMode\":\"back\"},"
                + "\"NetworkingConfig\":{\"EndpointsConfig\":{\"back\":{\"Aliases\":[\"db\"]}}}}");
  }
}
