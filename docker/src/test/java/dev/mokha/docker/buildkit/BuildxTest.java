package dev.mokha.docker.buildkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mokha.docker.TestDocker;
import dev.mokha.docker.buildkit.wire.Buildx;
import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.images.Image;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Builds as docker buildx asks for them, against a daemon's socket. */
class BuildxTest {
  private static final String CONTROL = "moby.buildkit.v1.Control";
  private static final String GATEWAY = "moby.buildkit.v1.frontend.LLBBridge";
  private static final int SECONDS = 60;

  private TestDocker docker;
  private Buildx buildx;

  @BeforeEach
  void open() {
    docker = new TestDocker().withBusybox();
    buildx = new Buildx(docker.socket());
  }

  @AfterEach
  void close() {
    if (buildx != null) {
      buildx.close();
    }
    if (docker != null) {
      docker.close();
    }
  }

  private void dockerfile(String text) {
    buildx.directories.put("dockerfile", Map.of("Dockerfile", text));
  }

  /** One build, from the session's opening to its end, as buildx does it. */
  private final class Build {
    private final String ref = UUID.randomUUID().toString();
    private final Map<String, String> attributes = new LinkedHashMap<>();
    private final Message.Builder request = Message.of().text(1, ref);
    private final Message.Builder inputs = Message.of();
    private String frontend = "dockerfile.v0";
    private Message result = Message.EMPTY;
    private CompletableFuture<List<Message>> status;

    Build to(String type, Map<String, String> where) {
      request.message(13, Message.of().text(1, type).map(2, where).build());
      return this;
    }

    Build with(String name, String value) {
      attributes.put(name, value);
      return this;
    }

    Build frontend(String name) {
      frontend = name;
      return this;
    }

    Build input(String name, Message definition) {
      inputs.message(13, Message.of().text(1, name).message(2, definition).build());
      return this;
    }

    /** What the daemon says of the exports. */
    Map<String, String> run() throws Exception {
      try (Buildx.Session session = buildx.session()) {
        request.text(5, session.id());
        CompletableFuture<Message> solved =
            begin(() -> buildx.call(CONTROL, "Solve", "", request.build()));
        status = begin(() -> buildx.stream(CONTROL, "Status", Message.of().text(1, ref).build()));
        try {
          assertThat(buildx.call(GATEWAY, "Ping", ref, Message.EMPTY).messages(1)).isNotEmpty();
          Message built =
              buildx.call(
                  GATEWAY,
                  "Solve",
                  ref,
                  Message.of()
                      .text(2, frontend)
                      .map(3, attributes)
                      .messages(13, inputs.build().messages(13))
                      .build());
          result = built.message(3);
          buildx.call(GATEWAY, "Return", ref, Message.of().message(1, result).build());
        } catch (IOException e) {
          if (solved.isCompletedExceptionally()) {
            return solved.get().map(1); // it did not even begin
          }
          Message error = Message.of().number(1, 2).text(2, e.getMessage()).build();
          buildx.call(GATEWAY, "Return", ref, Message.of().message(2, error).build());
        }
        return solved.get(SECONDS, TimeUnit.SECONDS).map(1);
      } catch (ExecutionException e) {
        throw (Exception) e.getCause();
      }
    }

    /** Names of the steps that were shown, and what their commands wrote. */
    List<String> names() throws Exception {
      return status.get(SECONDS, TimeUnit.SECONDS).stream()
          .flatMap(one -> one.messages(1).stream())
          .map(vertex -> vertex.text(3))
          .distinct()
          .toList();
    }

    String output() throws Exception {
      StringBuilder all = new StringBuilder();
      status.get(SECONDS, TimeUnit.SECONDS).stream()
          .flatMap(one -> one.messages(3).stream())
          .forEach(log -> all.append(log.data(4).toStringUtf8()));
      return all.toString();
    }

    long cached() throws Exception {
      return status.get(SECONDS, TimeUnit.SECONDS).stream()
          .flatMap(one -> one.messages(1).stream())
          .filter(vertex -> vertex.flag(4) && vertex.has(6))
          .count();
    }
  }

  private interface Task<T> {
    T run() throws Exception;
  }

  private static <T> CompletableFuture<T> begin(Task<T> task) {
    CompletableFuture<T> done = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                done.complete(task.run());
              } catch (Throwable t) {
                done.completeExceptionally(t);
              }
            });
    return done;
  }

  @Test
  void buildsAnImageAndShowsItsSteps() throws Exception {
    dockerfile(
        """
        FROM busybox AS first
        ARG V
        COPY d/big /big
        RUN echo "V is $V" && wc -c < /big || cat /big
        FROM busybox
        COPY --from=first /big /copy
        CMD ["cat", "/copy"]
        """);
    String big = "0123456789abcdef".repeat(20_000);
    buildx.directories.put(
        "context", Map.of("d/", "", "d/big", big, "d/left", "x", ".dockerignore", "d/left\n"));
    Build build =
        new Build()
            .to("moby", Map.of("name", "built:1,other"))
            .with("build-arg:V", "seven")
            .with("label:of", "buildx");
    Map<String, String> told = build.run();
    Image image = docker.engine().images().find("built:1").orElseThrow();
    assertThat(told)
        .containsEntry("containerimage.config.digest", image.id())
        .containsEntry("image.name", "docker.io/library/built:1,docker.io/library/other:latest");
    assertThat(docker.engine().images().find("other")).isPresent();
    assertThat(build.names())
        .startsWith("[internal] load build definition from Dockerfile")
        .endsWith("exporting to image")
        .containsExactlyInAnyOrder( // stages run side by side
            "[internal] load build definition from Dockerfile",
            "[first 1/3] FROM busybox AS first",
            "[stage-1 1/2] FROM busybox",
            "[internal] load build context",
            "[first 2/3] COPY d/big /big",
            "[first 3/3] RUN echo \"V is $V\" && wc -c < /big || cat /big",
            "[stage-1 2/2] COPY --from=first /big /copy",
            "exporting to image");
    assertThat(build.output()).contains("V is seven");
    assertThat(buildx.asked).contains("files context [] [d/left]");
    assertThat(docker.call("GET", "/images/built:1/json").json().at("/Config/Labels/of").asString())
        .isEqualTo("buildx");
    Build again =
        new Build()
            .to("moby", Map.of("name", "built:1"))
            .with("build-arg:V", "seven")
            .with("label:of", "buildx");
    assertThat(again.run()).containsEntry("containerimage.digest", image.id());
    assertThat(again.cached()).isEqualTo(3);
  }

  @Test
  void handsFilesBack() throws Exception {
    dockerfile(
        """
        FROM busybox AS made
        RUN mkdir -p /o/d && echo one > /o/a && echo two > /o/d/b
        FROM scratch
        COPY --from=made /o /
        """);
    assertThat(new Build().to("local", Map.of()).to("tar", Map.of()).run()).isEmpty();
    String tar = buildx.received.remove("");
    assertThat(buildx.received)
        .containsExactly(Map.entry("a", "one\n"), Map.entry("d/", ""), Map.entry("d/b", "two\n"));
    assertThat(tar).contains("d/b").contains("two\n");
    assertThat(docker.engine().images().list()).hasSize(1); // busybox alone
  }

  @Test
  void asksForSecretsWhenAStepNeedsThem() throws Exception {
    dockerfile("FROM busybox\nRUN --mount=type=secret,id=token cat /run/secrets/token\n");
    buildx.secrets.put("token", "swordfish");
    Build build = new Build().to("moby", Map.of());
    build.run();
    assertThat(build.output()).isEqualTo("swordfish");
    buildx.asked.clear();
    new Build().run();
    assertThat(buildx.asked).doesNotContain("secret token");
    buildx.secrets.clear();
    dockerfile("FROM busybox\nRUN --mount=type=secret,id=token,required true\n");
    assertThatThrownBy(() -> new Build().run()).hasMessageContaining("secret token: not found");
  }

  @Test
  void takesNamedContextsAndResultsOfOtherBuilds() throws Exception {
    dockerfile("FROM busybox\nRUN echo base > /base\n");
    Build base = new Build();
    base.run();
    Message definition = base.result.message(3).message(2);
    dockerfile("FROM base\nCOPY --from=more /m /m\nRUN cat /base /m\n");
    buildx.directories.put("morefiles", Map.of("m", "more\n"));
    Build build =
        new Build()
            .with("context:base", "input:base")
            .with("context:more", "local:morefiles")
            .input("base", definition);
    build.run();
    assertThat(build.output()).isEqualTo("base\nmore\n");
  }

  @Test
  void questionsAreAnsweredWithoutABuild() throws Exception {
    dockerfile(
        """
        # V which version it is
        ARG V=1
        FROM busybox AS tools
        RUN --mount=type=cache,target=/c exit 1
        # app what runs in the end
        FROM tools AS app
        RUN --mount=type=secret,id=token,required exit 1
        """);
    Build outline = new Build().with("requestid", "frontend.outline").with("build-arg:V", "2");
    outline.run();
    String shown = outline.result.dataMap(10).get("result.txt").toStringUtf8();
    assertThat(shown)
        .isEqualTo(
            """
            TARGET:        app
            DESCRIPTION:   what runs in the end

            BUILD ARG   VALUE   DESCRIPTION
            V           2       which version it is

            SECRET   REQUIRED
            token    true

            CACHE MOUNT
            /c

            """);
    Build targets = new Build().with("requestid", "frontend.targets");
    targets.run();
    JsonNode list =
        Json.MAPPER.readTree(targets.result.dataMap(10).get("result.json").toStringUtf8());
    assertThat(list.at("/targets/1/name").asString()).isEqualTo("app");
    assertThat(list.at("/targets/1/default").asBoolean()).isTrue();
    assertThat(list.at("/targets/0/location/ranges/0/start/line").asInt()).isEqualTo(3);
    assertThatThrownBy(() -> new Build().with("requestid", "frontend.x").run())
        .hasMessageContaining("does not answer frontend.x");
    assertThat(docker.engine().containers().list("build")).isEmpty();
  }

  @Test
  void checksAreAnsweredAndShownBesideABuild() throws Exception {
    dockerfile("FROM busybox as Tools\nMAINTAINER me\n");
    Build check = new Build().with("requestid", "frontend.lint");
    check.run();
    Map<String, ByteString> result = check.result.dataMap(10);
    assertThat(result.get("result.statuscode").toStringUtf8()).isEqualTo("1");
    JsonNode json = Json.MAPPER.readTree(result.get("result.json").toStringUtf8());
    assertThat(json.path("warnings").findValuesAsString("ruleName"))
        .contains("FromAsCasing", "StageNameCasing", "MaintainerDeprecated");
    Build build = new Build();
    build.run();
    List<Message> warnings =
        build.status.get(SECONDS, TimeUnit.SECONDS).stream()
            .flatMap(one -> one.messages(4).stream())
            .toList();
    assertThat(warnings)
        .anySatisfy(
            warning -> {
              assertThat(warning.data(3).toStringUtf8())
                  .startsWith("MaintainerDeprecated: ")
                  .endsWith("(line 2)");
              assertThat(warning.message(7).message(1).number(1)).isEqualTo(2);
            });
    assertThatThrownBy(
            () -> new Build().with("build-arg:BUILDKIT_DOCKERFILE_CHECK", "error=true").run())
        .hasMessageContaining("MaintainerDeprecated");
  }

  @Test
  void failuresNameTheStepAndItsCode() throws Exception {
    dockerfile("FROM busybox\nRUN echo so far; exit 3\n");
    Build build = new Build().to("moby", Map.of("name", "never"));
    assertThatThrownBy(build::run)
        .hasMessage(
            "process \"/bin/sh -c echo so far; exit 3\" did not complete successfully: exit code:"
                + " 3");
    assertThat(build.output()).isEqualTo("so far\n");
    dockerfile("FROM busybox\nNONSENSE x\n");
    assertThatThrownBy(() -> new Build().run())
        .hasMessageContaining("dockerfile parse error on line 2");
    assertThat(docker.engine().images().find("never")).isEmpty();
  }

  @Test
  void whatIsNotThereIsRefusedWithASentence() {
    dockerfile("FROM busybox\n");
    assertThatThrownBy(() -> new Build().frontend("other.v1").run())
        .hasMessageContaining("no frontend other.v1");
    Message floppy =
        Message.of().text(1, "f").message(13, Message.of().text(1, "floppy").build()).build();
    assertThatThrownBy(() -> buildx.call(CONTROL, "Solve", "", floppy))
        .hasMessage("exporter \"floppy\" could not be found");
    assertThatThrownBy(() -> new Build().with("platform", "linux/amd64,linux/arm64").run())
        .hasMessageContaining("several platforms");
    assertThatThrownBy(() -> new Build().with("frontend.caps", "moby.x").run())
        .hasMessage("unsupported frontend capability moby.x");
    Message graph =
        Message.of()
            .message(1, Message.of().message(1, Message.of().text(1, "x").build()).build())
            .build();
    assertThatThrownBy(
            () ->
                buildx.call(
                    CONTROL,
                    "Solve",
                    "",
                    Message.of().text(1, "g").message(2, graph.message(1)).build()))
        .hasMessageContaining("does not run graphs of LLB");
    assertThatThrownBy(() -> buildx.stream(CONTROL, "ListenBuildHistory", Message.EMPTY))
        .hasMessageContaining("no history of builds is kept here");
    assertThatThrownBy(() -> buildx.call(GATEWAY, "ReadFile", "", Message.EMPTY))
        .hasMessageContaining("export it with -o type=local");
    assertThatThrownBy(() -> buildx.call(GATEWAY, "ResolveImageConfig", "", Message.EMPTY))
        .hasMessageContaining("images are found by the FROM of a Dockerfile");
  }

  @Test
  void hostileFilesAreRefused() {
    dockerfile("FROM busybox\nCOPY . /x\n");
    for (String path : List.of("../up", "/abs", "a/../../b", "a//b", "x\0y", "missing/file")) {
      buildx.hostile =
          List.of(
              Message.of()
                  .message(2, Message.of().text(1, path).number(2, 0644).number(5, 1).build())
                  .build(),
              Message.EMPTY);
      assertThatThrownBy(() -> new Build().run())
          .as(path)
          .hasMessageContaining("the build context is refused");
    }
    buildx.hostile = List.of(Message.of().number(1, 2).number(3, 7).data(4, new byte[9]).build());
    assertThatThrownBy(() -> new Build().run()).hasMessageContaining("was not asked for");
    buildx.hostile = List.of(Message.of().number(1, 99).build());
    assertThatThrownBy(() -> new Build().run()).hasMessageContaining("no known kind");
  }

  @Test
  void aClientThatVanishesTakesItsBuildAlong() throws Exception {
    dockerfile("FROM busybox\nRUN echo begun; sleep 600\n");
    CompletableFuture<Map<String, String>> running = begin(() -> new Build().run());
    awaitContainers(1);
    buildx.vanish();
    assertThatThrownBy(() -> running.get(SECONDS, TimeUnit.SECONDS)).isNotNull();
    awaitContainers(0);
  }

  private void awaitContainers(int count) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (docker.engine().containers().list("build").stream()
            .filter(one -> one.state().pid() > 0 || count == 0)
            .count()
        != count) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(10); // the engine tells nobody of containers that builds make
    }
  }

  @Test
  void workersAndTheCacheAreShownAndPruned() throws Exception {
    Message worker = buildx.call(CONTROL, "ListWorkers", "", Message.EMPTY).messages(1).getFirst();
    assertThat(worker.messages(3).getFirst().text(2)).isEqualTo("linux");
    assertThat(worker.map(2)).containsKey("org.mobyproject.buildkit.worker.moby.host-gateway-ip");
    assertThat(buildx.call(CONTROL, "Info", "", Message.EMPTY).message(1).text(2)).startsWith("v");
    dockerfile("FROM busybox\nRUN echo kept > /kept\n");
    new Build().run();
    List<Message> used =
        buildx
            .call(CONTROL, "DiskUsage", "", Message.of().texts(1, List.of("")).build())
            .messages(1);
    assertThat(used).anyMatch(record -> record.text(9).contains("RUN echo kept"));
    assertThat(
            buildx
                .call(CONTROL, "DiskUsage", "", Message.of().texts(1, List.of("id==none")).build())
                .messages(1))
        .isEmpty();
    buildx.close();
    buildx = new Buildx(docker.socket()); // what a client built stays while it is connected
    List<Message> gone = buildx.stream(CONTROL, "Prune", Message.of().flag(2, true).build());
    assertThat(gone).isNotEmpty();
    assertThat(docker.engine().builder().cache()).isEmpty();
  }

  @Test
  void sessionsAreOnesOwn() {
    try (Buildx.Session session = buildx.session("mine")) {
      assertThat(session.id()).isEqualTo("mine");
      assertThatThrownBy(() -> buildx.session("mine")).hasMessageContaining("409");
    }
    TestDocker.Answer plain = docker.call("POST", "/session");
    assertThat(plain.status()).isEqualTo(400);
    assertThat(plain.message()).isEqualTo("no upgrade proto in request");
    assertThat(
            docker
                .send(
                    "POST",
                    "/grpc",
                    Map.of("Upgrade", "spdy", "Connection", "Upgrade"),
                    new byte[0])
                .message())
        .isEqualTo("protocol spdy not supported");
  }
}
