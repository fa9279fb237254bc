package dev.mokha.docker.containers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import dev.mokha.docker.TestDocker.Answer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Containers over the socket, in a real engine: what they do and what is said when they can't. */
final class ContainersTest {
  private static final String SLEEP = "\"Cmd\":[\"sleep\",\"1000\"]";
  @AutoClose private static TestDocker docker;

  @BeforeAll
  static void open() {
    docker = new TestDocker().withBusybox();
  }

  @AfterEach
  void removeAll() {
    docker.removeContainers();
  }

  private static Answer create(String name, String rest) {
    return docker.call(
        "POST", "/v1.50/containers/create?name=" + name, "{\"Image\":\"busybox\"," + rest + "}");
  }

  private static String made(String name, String rest) {
    Answer answer = create(name, rest);
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer.json().path("Id").asString();
  }

  private static void post(String path, int status) {
    Answer answer = docker.call("POST", "/v1.50/containers/" + path);
    assertThat(answer.status()).as(path + ": " + answer.text()).isEqualTo(status);
  }

  private static JsonNode inspect(String name) {
    return docker.call("GET", "/v1.50/containers/" + name + "/json").json();
  }

  private static int await(String name) {
    return docker.call("POST", "/containers/" + name + "/wait").json().path("StatusCode").asInt();
  }

  @Test
  void liveAsTheyAreTold() {
    String id = made("life", SLEEP + ",\"StopSignal\":\"SIGKILL\",\"Labels\":{\"a\":\"b\"}");
    assertThat(inspect("life").at("/State/Status").asString()).isEqualTo("created");
    post("life/stop", 304);
    post("life/start", 204);
    post(id.substring(0, 12) + "/start", 304);
    assertThat(inspect("life").at("/State/Running").asBoolean()).isTrue();
    post("life/pause", 204);
    post("life/pause", 409);
    post("life/exec", 400);
    post("life/unpause", 204);
    post("life/unpause", 500);
    post("life/rename?name=other", 204);
    assertThat(docker.call("GET", "/containers/life/json").message())
        .isEqualTo("No such container: life");
    Answer running = docker.call("DELETE", "/containers/other");
    assertThat(running.status()).isEqualTo(409);
    assertThat(running.message())
        .isEqualTo(
            "cannot remove container \"other\": container is running: stop the container before"
                + " removing or force remove");
    post("other/restart?t=0", 204);
    post("other/kill?signal=WAT", 400);
    post("other/kill", 204);
    assertThat(await("other")).isEqualTo(137);
    post("other/kill", 409);
    assertThat(docker.call("DELETE", "/containers/other").status()).isEqualTo(204);
    assertThat(docker.call("DELETE", "/containers/other").status()).isEqualTo(404);
  }

  @Test
  void whatCanNotBeMadeIsRefusedInDockersWords() {
    String id = made("taken", SLEEP);
    Answer twice = create("taken", SLEEP);
    assertThat(twice.status()).isEqualTo(409);
    assertThat(twice.message())
        .isEqualTo(
            "Conflict. The container name \"/taken\" is already in use by container \""
                + id
                + "\". You have to remove (or rename) that container to be able to reuse that"
                + " name.");
    assertThat(create("-x", SLEEP).message())
        .isEqualTo("Invalid container name (-x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
    Answer image =
        docker.call("POST", "/containers/create", "{\"Image\":\"nope\",\"Cmd\":[\"x\"]}");
    assertThat(image.status()).isEqualTo(404);
    assertThat(image.message()).isEqualTo("No such image: nope:latest");
    assertThat(docker.call("POST", "/containers/create", "{}").message())
        .isEqualTo("config cannot be empty in order to create a container");
    assertThat(docker.call("POST", "/containers/create", "{\"Image\":").status()).isEqualTo(400);
    assertThat(create("", "\"Entrypoint\":[\"\"]").message()).isEqualTo("no command specified");
    made("lost", "\"Cmd\":[\"/no/such\"]");
    Answer start = docker.call("POST", "/containers/lost/start");
    assertThat(start.status()).isEqualTo(400);
    assertThat(start.message()).contains("no such file or directory");
    assertThat(inspect("lost").at("/State/ExitCode").asInt()).isEqualTo(127);
    assertThat(
            docker.call("GET", "/containers/json?filters=%7B%22wat%22:%5B%22x%22%5D%7D").message())
        .isEqualTo("invalid filter 'wat'");
  }

  @Test
  void aHalfClosedClientStillGetsTheOutput() throws IOException {
    String id =
        made(
            "cat",
            "\"Cmd\":[\"sh\",\"-c\",\"cat; echo done >&2; exit 3\"],\"OpenStdin\":true,"
                + "\"StdinOnce\":true,\"AttachStdin\":true,\"HostConfig\":{\"AutoRemove\":true}");
    try (SocketChannel waiting = ask("/containers/" + id + "/wait?condition=removed");
        SocketChannel attached =
            ask("/containers/" + id + "/attach?stream=1&stdin=1&stdout=1&stderr=1")) {
      post("cat/start", 204);
      attached.write(ByteBuffer.wrap("hello\n".getBytes(StandardCharsets.US_ASCII)));
      attached.shutdownOutput();
      assertThat(frames(rest(attached))).isEqualTo("1:hello\n2:done\n");
      assertThat(new String(rest(waiting), StandardCharsets.US_ASCII))
          .contains("{\"StatusCode\":3}");
    }
    // It is gone for all who look once the wait has ended.
    assertThat(docker.call("GET", "/containers/cat/json").status()).isEqualTo(404);
  }

  /** A request whose answer is begun; its head is read. */
  private static SocketChannel ask(String path) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(docker.socket()));
    channel.write(
        ByteBuffer.wrap(
            ("POST "
                    + path
                    + " HTTP/1.1\r\nHost: d\r\nConnection: Upgrade, close\r\n"
                    + "Upgrade: tcp\r\nContent-Length: 0\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII)));
    ByteBuffer one = ByteBuffer.allocate(1);
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0 && channel.read(one.clear()) > 0) {
      head.append((char) one.get(0));
    }
    assertThat(head.toString()).matches("(?s)HTTP/1.1 (101 UPGRADED|200 OK)\r\n.*");
    return channel;
  }

  private static byte[] rest(SocketChannel channel) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    while (channel.read(buffer.clear()) >= 0) {
      all.write(buffer.array(), 0, buffer.position());
    }
    return all.toByteArray();
  }

  /** The pieces of a multiplexed stream, sorted by their stream. */
  private static String frames(byte[] bytes) {
    StringBuilder out = new StringBuilder();
    StringBuilder errors = new StringBuilder();
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.remaining() >= 8) {
      int stream = buffer.getInt() >>> 24;
      byte[] content = new byte[buffer.getInt()];
      buffer.get(content);
      (stream == 1 ? out : errors).append(new String(content, StandardCharsets.UTF_8));
    }
    return "1:" + out + "2:" + errors;
  }

  @Test
  void logsAreFollowedToTheEnd() {
    made("talk", "\"Cmd\":[\"sh\",\"-c\",\"echo one; echo two >&2; sleep 0.5; echo three\"]");
    post("talk/start", 204);
    assertThat(
            frames(docker.call("GET", "/containers/talk/logs?stdout=1&stderr=1&follow=1").body()))
        .isEqualTo("1:one\nthree\n2:two\n");
    assertThat(frames(docker.call("GET", "/containers/talk/logs?stdout=1&tail=1").body()))
        .isEqualTo("1:three\n2:");
    assertThat(frames(docker.call("GET", "/containers/talk/logs?stderr=1&timestamps=1").body()))
        .matches("1:2:\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z two\n");
    assertThat(docker.call("GET", "/containers/talk/logs").message())
        .isEqualTo("Bad parameters: you must choose at least one stream");
    assertThat(frames(docker.call("GET", "/containers/talk/logs?stdout=1&until=1000").body()))
        .isEqualTo("1:2:");
  }

  @Test
  void moreProcessesRunInside() throws IOException {
    made("host", SLEEP);
    assertThat(docker.call("POST", "/containers/host/exec", "{\"Cmd\":[\"true\"]}").status())
        .isEqualTo(409);
    post("host/start", 204);
    String exec =
        docker
            .call(
                "POST",
                "/containers/host/exec",
                "{\"Cmd\":[\"sh\",\"-c\",\"echo $X; exit 7\"],\"Env\":[\"X=y\"],"
                    + "\"AttachStdout\":true,\"AttachStderr\":true}")
            .json()
            .path("Id")
            .asString();
    assertThat(inspect("host").path("ExecIDs").toString()).contains(exec);
    assertThat(frames(docker.call("POST", "/exec/" + exec + "/start", "{}").body()))
        .isEqualTo("1:y\n2:");
    JsonNode ended = docker.call("GET", "/exec/" + exec + "/json").json();
    assertThat(ended.path("ExitCode").asInt()).isEqualTo(7);
    assertThat(ended.path("Running").asBoolean()).isFalse();
    assertThat(docker.call("POST", "/exec/" + exec + "/start", "{}").status()).isEqualTo(409);
    assertThat(docker.call("GET", "/exec/nope/json").message())
        .isEqualTo("No such exec instance: nope");
    assertThat(docker.call("GET", "/containers/host/top").json().path("Processes").toString())
        .contains("sleep 1000");
  }

  @Test
  void limitsChangeWhileItRuns() {
    made("tight", SLEEP + ",\"HostConfig\":{\"Memory\":67108864}");
    post("tight/start", 204);
    Answer update =
        docker.call("POST", "/containers/tight/update", "{\"Memory\":134217728,\"MemorySwap\":-1}");
    assertThat(update.status()).as(update.text()).isEqualTo(200);
    assertThat(inspect("tight").at("/HostConfig/Memory").asLong()).isEqualTo(134_217_728);
    JsonNode stats = docker.call("GET", "/containers/tight/stats?stream=0&one-shot=1").json();
    assertThat(stats.at("/memory_stats/limit").asLong()).isEqualTo(134_217_728);
    assertThat(stats.at("/pids_stats/current").asLong()).isPositive();
    assertThat(docker.call("POST", "/containers/tight/update", "{\"Memory\":1}").message())
        .isEqualTo("Minimum memory limit allowed is 6MB");
  }

  private static List<String> names(byte[] tar) throws IOException {
    List<String> names = new ArrayList<>();
    TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar));
    for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
      names.add(entry.getName());
    }
    return names;
  }

  private static String archive(String name, String path) {
    return "/containers/"
        + name
        + "/archive?path="
        + URLEncoder.encode(path, StandardCharsets.UTF_8);
  }

  @Test
  void filesGoInAndOutRunningOrNot() throws IOException {
    made("files", SLEEP + ",\"HostConfig\":{\"Binds\":[\"kept:/data\"]}");
    post("files/start", 204);
    for (String state : List.of("running", "stopped")) {
      byte[] tar = TestDocker.tar(Map.of(state + ".txt", "content"));
      assertThat(docker.send("PUT", archive("files", "/data"), Map.of(), tar).status())
          .isEqualTo(200);
      assertThat(docker.send("PUT", archive("files", "/bin"), Map.of(), tar).status())
          .isEqualTo(200);
      Answer got = docker.call("GET", archive("files", "/data/" + state + ".txt"));
      assertThat(names(got.body())).containsExactly(state + ".txt");
      String stat =
          new String(
              Base64.getDecoder().decode(got.headers().get("x-docker-container-path-stat")),
              StandardCharsets.UTF_8);
      assertThat(stat).contains("\"name\":\"" + state + ".txt\"", "\"size\":7");
      post("files/stop?t=0", state.equals("running") ? 204 : 304);
    }
    assertThat(names(docker.call("GET", archive("files", "/data/.")).body()))
        .containsExactly("./", "./running.txt", "./stopped.txt");
    assertThat(docker.call("GET", archive("files", "/nope")).message())
        .isEqualTo("Could not find the file /nope in container files");
    assertThat(docker.call("HEAD", archive("files", "/bin/sh")).status()).isEqualTo(200);
    JsonNode changes = docker.call("GET", "/containers/files/changes").json();
    assertThat(changes.toString()).contains("{\"Path\":\"/bin/running.txt\",\"Kind\":1}");
    assertThat(names(docker.call("GET", "/containers/files/export").body()))
        .contains("bin/busybox", "bin/stopped.txt");
  }

  @Test
  void noArchiveAndNoLinkLeadsOut() throws IOException {
    Path outside = Files.createTempDirectory("mokha-outside");
    try {
      made("jail", SLEEP);
      post("jail/start", 204);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
        TarArchiveEntry link = new TarArchiveEntry("way-out", TarConstants.LF_SYMLINK);
        link.setLinkName(outside.toString());
        tar.putArchiveEntry(link);
        tar.closeArchiveEntry();
        TarArchiveEntry file = new TarArchiveEntry("way-out/evil");
        file.setSize(1);
        tar.putArchiveEntry(file);
        tar.write('x');
        tar.closeArchiveEntry();
      }
      docker.send("PUT", archive("jail", "/"), Map.of(), bytes.toByteArray());
      docker.send(
          "PUT", archive("jail", "/way-out"), Map.of(), TestDocker.tar(Map.of("evil2", "x")));
      byte[] up = TestDocker.tar(Map.of("../../evil3", "x"));
      assertThat(docker.send("PUT", archive("jail", "/tmp/.."), Map.of(), up).status())
          .isGreaterThanOrEqualTo(400);
      assertThat(outside).isEmptyDirectory();
      assertThat(docker.call("GET", archive("jail", "/way-out/")).status()).isIn(200, 404);
    } finally {
      Files.delete(outside);
    }
  }

  @Test
  void listsAreFiltered() {
    made("one", SLEEP + ",\"Labels\":{\"app\":\"x\"}");
    made("two", SLEEP);
    post("two/start", 204);
    assertThat(list("/containers/json")).containsExactly("/two");
    assertThat(list("/containers/json?all=1")).containsExactly("/two", "/one");
    assertThat(list("/containers/json?limit=1")).containsExactly("/two");
    assertThat(list(filter("label", "app=x") + "&all=1")).containsExactly("/one");
    assertThat(list(filter("status", "created"))).containsExactly("/one");
    assertThat(list(filter("name", "tw"))).containsExactly("/two");
    assertThat(list(filter("ancestor", "busybox") + "&all=1")).hasSize(2);
    assertThat(list(filter("before", "two"))).containsExactly("/one");
    JsonNode pruned = docker.call("POST", "/containers/prune").json();
    assertThat(pruned.path("ContainersDeleted")).hasSize(1);
    assertThat(list("/containers/json?all=1")).containsExactly("/two");
  }

  private static String filter(String key, String value) {
    return "/containers/json?filters="
        + URLEncoder.encode("{\"" + key + "\":[\"" + value + "\"]}", StandardCharsets.UTF_8);
  }

  private static List<String> list(String path) {
    List<String> names = new ArrayList<>();
    docker.call("GET", path).json().forEach(one -> names.add(one.at("/Names/0").asString()));
    return names;
  }

  @Test
  void volumesOfTheImageAreFilledAndGoWithTheContainer() {
    made("vol", SLEEP + ",\"Volumes\":{\"/bin/..\":{}}".replace("/bin/..", "/bin"));
    String volume = inspect("vol").at("/Mounts/0/Name").asString();
    assertThat(volume).hasSize(64);
    post("vol/start", 204); // its program is in the volume: it was filled
    assertThat(docker.call("DELETE", "/volumes/" + volume).status()).isEqualTo(409);
    assertThat(docker.call("DELETE", "/containers/vol?force=1&v=1").status()).isEqualTo(204);
    assertThat(docker.call("GET", "/volumes/" + volume).status()).isEqualTo(404);
  }
}
