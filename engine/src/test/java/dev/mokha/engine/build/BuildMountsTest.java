package dev.mokha.engine.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.BuildFixture.Told;
import dev.mokha.engine.build.context.MemoryDirectory;
import dev.mokha.engine.build.context.MemoryFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What RUN mounts of the client's, and contexts with names. */
@Timeout(120)
class BuildMountsTest {
  private static final SshAgents ONE_AGENT =
      new SshAgents() {
        @Override
        public boolean has(String id) {
          return id.equals(DEFAULT_ID);
        }

        @Override
        public Connection connect(String id) throws IOException {
          throw new IOException("nobody asks it here");
        }
      };

  private static BuildFixture fixture;

  @BeforeAll
  static void open() {
    fixture = new BuildFixture();
  }

  @AfterAll
  static void close() {
    if (fixture != null) {
      fixture.close();
    }
  }

  @AfterEach
  void leavesNothing() throws Exception {
    assertThat(fixture.leftovers()).isEmpty();
    try (Stream<Path> files = Files.list(fixture.test().config().runDir().resolve("build"))) {
      assertThat(files).isEmpty();
    }
  }

  private static Told build(String dockerfile, SecretSource secrets, SshAgents agents) {
    return fixture.build(
        new BuildContext.DockerfileOnly(dockerfile.getBytes(StandardCharsets.UTF_8)),
        b -> b.secrets(secrets).agents(agents));
  }

  @Test
  void secretsHaveTheirModeOwnerAndPlace() {
    SecretSource secrets = SecretSource.of(Map.of("a.b", "x".getBytes(StandardCharsets.UTF_8)));
    Told told =
        build(
            """
            FROM busybox:test
            RUN --mount=type=secret,id=a.b --mount=type=secret,source=a.b,target=/s/t,mode=0440,uid=3,gid=4 \
              --mount=type=secret,id=a.b,env=TOKEN --mount=type=secret,id=none \
              stat -c '%n %a %u:%g' /run/secrets/a.b /s/t; cat /s/t; echo " $TOKEN"; \
              ls /run/secrets; touch /run/secrets/a.b 2>/dev/null || true
            RUN ls -A /run/secrets /s 2>/dev/null; env
            """,
            secrets, SshAgents.NONE);
    assertThat(told.text())
        .contains("/run/secrets/a.b 400 0:0\n/s/t 440 3:4\nx x\na.b\n")
        .doesNotContain("TOKEN=x");
    assertThatThrownBy(
            () ->
                build(
                    "FROM busybox:test\nRUN --mount=type=secret,id=no,required true\n",
                    secrets,
                    SshAgents.NONE))
        .isInstanceOf(BuildException.class)
        .hasMessage("secret no: not found");
    assertThatThrownBy(
            () ->
                build(
                    "FROM busybox:test\nRUN --mount=type=secret,id=big true\n",
                    SecretSource.of(Map.of("big", new byte[SecretSource.MAX_BYTES + 1])),
                    SshAgents.NONE))
        .isInstanceOf(BuildException.class)
        .hasMessageContaining("too large");
  }

  @Test
  void aSecretsValueIsInNoKeyAndNobodyIsAskedForWhatIsCached() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    String dockerfile =
        "FROM busybox:test\nRUN --mount=type=secret,id=s wc -c < /run/secrets/s > /n\n";
    SecretSource first =
        id -> {
          asked.incrementAndGet();
          return java.util.Optional.of("geheim1".getBytes(StandardCharsets.UTF_8));
        };
    SecretSource second =
        id -> {
          asked.incrementAndGet();
          return java.util.Optional.of("anders".getBytes(StandardCharsets.UTF_8));
        };
    Told told = build(dockerfile, first, SshAgents.NONE);
    assertThat(build(dockerfile, second, SshAgents.NONE).id()).isEqualTo(told.id());
    assertThat(asked).hasValue(1);
    assertThat(fixture.engine().images().inspect(told.id()).configuration().toString())
        .doesNotContain("geheim1");
    try (Stream<Path> files = Files.walk(fixture.test().config().dataDir().resolve("build"))) {
      assertThat(files.filter(Files::isRegularFile))
          .allSatisfy(
              file ->
                  assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                      .doesNotContain("geheim1"));
    }
  }

  @Test
  void anAgentIsASocketForTheCommandAlone() {
    Told told =
        build(
            """
            FROM busybox:test
            RUN --mount=type=ssh,uid=5 --mount=type=ssh,target=/a/b,mode=0666 \
              echo $SSH_AUTH_SOCK; stat -c '%F %a %u' $SSH_AUTH_SOCK /a/b
            RUN --mount=type=ssh,id=other echo "none:$SSH_AUTH_SOCK"; ls /run/buildkit /a 2>&1 | wc -l
            """,
            SecretSource.NONE, ONE_AGENT);
    assertThat(told.text())
        .contains("/run/buildkit/ssh_agent.0\nsocket 600 5\nsocket 666 0\n", "none:\n2\n");
    assertThatThrownBy(
            () ->
                build(
                    "FROM busybox:test\nRUN --mount=type=ssh,id=other,required true\n",
                    SecretSource.NONE,
                    ONE_AGENT))
        .isInstanceOf(BuildException.class)
        .hasMessage("no SSH key \"other\" forwarded from the client");
  }

  @Test
  void contextsHaveNames() throws Exception {
    Path directory = fixture.context();
    Files.writeString(directory.resolve("d"), "of a directory");
    Files.writeString(directory.resolve("hidden"), "x");
    Files.writeString(directory.resolve(".dockerignore"), "hidden\n");
    Map<String, BuildContext> contexts =
        Map.of(
            "docs",
            new BuildContext.Directory(directory),
            "base",
            new BuildContext.OfImage("busybox:test"),
            "files",
            new BuildContext.Files(
                () ->
                    new MemoryDirectory(
                        Map.of(
                            "f",
                            new MemoryFile("of a file".getBytes(StandardCharsets.UTF_8), 0644)))));
    String dockerfile =
        """
        FROM nowhere.example/x AS base
        RUN false
        FROM base
        COPY --from=docs . /d/
        COPY --from=files f /f
        COPY --from=base /bin/busybox /bb
        RUN --mount=from=docs,target=/m cat /m/d /f > /all; ls -A /d >> /all
        """;
    BuildContext main =
        new BuildContext.DockerfileOnly(dockerfile.getBytes(StandardCharsets.UTF_8));
    Told told = fixture.build(main, b -> b.contexts(contexts));
    assertThat(fixture.run(told.id(), "cat", "/all"))
        .isEqualTo("of a directoryof a file.dockerignore\nd\n");
    assertThat(fixture.build(main, b -> b.contexts(contexts)).id()).isEqualTo(told.id());
    Files.writeString(directory.resolve("d"), "changed");
    Told changed = fixture.build(main, b -> b.contexts(contexts));
    assertThat(fixture.run(changed.id(), "cat", "/all")).startsWith("changed");
    assertThatThrownBy(
            () ->
                fixture.build(
                    new BuildContext.DockerfileOnly("FROM docs\n".getBytes(StandardCharsets.UTF_8)),
                    b -> b.contexts(contexts)))
        .isInstanceOf(BuildException.class)
        .hasMessage("the build context docs has files, not an image: copy from it");
  }

  @Test
  void powersAreForThoseWhoMayHaveThem() {
    String dockerfile =
        "FROM busybox:test\nRUN --security=insecure grep CapEff /proc/self/status > /cap\n";
    assertThatThrownBy(() -> fixture.build(dockerfile))
        .isInstanceOf(BuildException.class)
        .hasMessage("security.insecure is not allowed");
    Told told =
        fixture.build(
            new BuildContext.DockerfileOnly(dockerfile.getBytes(StandardCharsets.UTF_8)),
            b -> b.insecure(true));
    Told plain =
        fixture.build(
            "FROM busybox:test\nRUN --security=sandbox grep CapEff /proc/self/status > /cap\n");
    long all = capabilities(told.id());
    assertThat(Long.bitCount(all)).isGreaterThan(30);
    assertThat(Long.bitCount(capabilities(plain.id()))).isLessThan(20);
  }

  private static long capabilities(String image) {
    return Long.parseUnsignedLong(
        fixture.run(image, "cat", "/cap").replace("CapEff:", "").strip(), 16);
  }
}
