package dev.mokha.engine.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.BuildFixture.Told;
import dev.mokha.engine.content.Platform;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.registry.FakeRegistry;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real builds on a real engine. */
@Timeout(120)
class BuilderTest {
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
  }

  @Test
  void tellsABuildAsDockerDoes() throws Exception {
    Path context = fixture.context();
    Files.writeString(context.resolve("hello"), "hello\n");
    Files.writeString(
        context.resolve("Dockerfile"),
        """
        FROM busybox:test AS base
        ENV X=1
        RUN echo said $X; echo bad >&2
        WORKDIR /x/y
        COPY hello .
        CMD ["cat", "hello"]
        """);
    Told told = fixture.build(context, b -> b.names(List.of("told")));
    assertThat(told.text())
        .matches(
            """
            Step 1/6 : FROM busybox:test AS base
             ---> [0-9a-f]{12}
            Step 2/6 : ENV X=1
             ---> [0-9a-f]{12}
            Step 3/6 : RUN echo said \\$X; echo bad >&2
             ---> Running in [0-9a-f]{12}
            said 1
            \u001b\\[91mbad
            \u001b\\[0m ---> Removed intermediate container [0-9a-f]{12}
             ---> [0-9a-f]{12}
            Step 4/6 : WORKDIR /x/y
             ---> [0-9a-f]{12}
            Step 5/6 : COPY hello .
             ---> [0-9a-f]{12}
            Step 6/6 : CMD \\["cat", "hello"\\]
             ---> ([0-9a-f]{12})
            aux sha256:\\1[0-9a-f]{52}
            Successfully built \\1
            Successfully tagged told:latest
            """);
    assertThat(fixture.run("told", "cat", "/x/y/hello")).isEqualTo("hello\n");
    Told again = fixture.build(context, b -> b);
    assertThat(again.id()).isEqualTo(told.id());
    assertThat(again.count(BuildEvent.Cached.class)).isEqualTo(5);
    assertThat(again.count(BuildEvent.Running.class)).isZero();
    assertThat(again.text()).contains("Step 3/6 : RUN", "\n ---> Using cache\n ---> ");
  }

  @Test
  void aChangedFileIsBuiltAnewAndATouchedOneIsNot() throws Exception {
    Path context = fixture.context();
    Files.writeString(context.resolve("a"), "1");
    String dockerfile = "FROM busybox:test\nCOPY a /a\nRUN cat /a > /b\n";
    Told first = fixture.build(context, dockerfile);
    Files.setLastModifiedTime(
        context.resolve("a"), java.nio.file.attribute.FileTime.fromMillis(1_000_000_000_000L));
    assertThat(fixture.build(context, dockerfile).id()).isEqualTo(first.id());
    Files.writeString(context.resolve("a"), "2");
    Told changed = fixture.build(context, dockerfile);
    assertThat(changed.id()).isNotEqualTo(first.id());
    assertThat(changed.count(BuildEvent.Cached.class)).isZero();
    assertThat(fixture.run(changed.id(), "cat", "/b")).isEqualTo("2");
  }

  @Test
  void buildsOnlyTheStagesTheTargetNeedsAndCopiesBetweenThem() throws Exception {
    Told told =
        fixture.build(
            """
            ARG BASE=busybox:test
            FROM $BASE AS one
            RUN echo 1 > /one
            FROM $BASE AS broken
            RUN exit 9
            FROM $BASE AS two
            RUN echo 2 > /two
            FROM scratch
            COPY --from=one /one /
            COPY --from=2 /two /bin/busybox /bin/
            COPY --from=busybox:test /bin/sh /bin/cat /bin/
            """);
    assertThat(told.text()).doesNotContain("exit 9").contains("Step 9/9 : COPY --from=busybox");
    assertThat(fixture.run(told.id(), "/bin/cat", "/one", "/bin/two")).isEqualTo("1\n2\n");
  }

  @Test
  void stagesRunSideBySide() {
    // Each waits for the other: one after the other they would never end.
    Told told =
        fixture.build(
            """
            FROM busybox:test AS a
            RUN --mount=type=cache,target=/c,id=meet \
              touch /c/a; while ! test -e /c/b; do sleep 0.05; done; echo a > /a
            FROM busybox:test AS b
            RUN --mount=type=cache,target=/c,id=meet \
              touch /c/b; while ! test -e /c/a; do sleep 0.05; done; echo b > /b
            FROM busybox:test
            COPY --from=a /a /
            COPY --from=b /b /
            """);
    assertThat(fixture.run(told.id(), "cat", "/a", "/b")).isEqualTo("a\nb\n");
  }

  @Test
  void aFailingCommandEndsTheBuildWithItsCode() {
    assertThatThrownBy(() -> fixture.build("FROM busybox:test\nRUN sh -c 'exit 3'\n"))
        .isInstanceOf(BuildException.class)
        .hasMessage("The command '/bin/sh -c sh -c 'exit 3'' returned a non-zero code: 3")
        .extracting(e -> ((BuildException) e).exitCode())
        .isEqualTo(3);
  }

  @Test
  void argumentsHoldWhereTheyShould() throws Exception {
    Path context = fixture.context();
    Files.writeString(
        context.resolve("Dockerfile"),
        """
        ARG GLOBAL=g
        FROM busybox:test
        ARG GLOBAL
        ARG OWN=o
        ARG WITHOUT
        ENV OWN=env
        RUN echo "$GLOBAL $OWN ${WITHOUT-unset} $HTTP_PROXY $TARGETARCH"
        """);
    Told told =
        fixture.build(
            context,
            b -> b.buildArgs(Map.of("GLOBAL", "given", "HTTP_PROXY", "http://p", "UNKNOWN", "x")));
    assertThat(told.text())
        .contains("\ngiven env unset http://p \n")
        .contains("[Warning] One or more build-args [UNKNOWN] were not consumed\n");
    assertThat(fixture.engine().images().history(told.id()).getFirst().createdBy())
        .startsWith("|1 GLOBAL=given /bin/sh -c echo");
  }

  @Test
  void theHostsNetworkIsForThoseWhoMayHaveIt() throws Exception {
    Path context = fixture.context();
    String dockerfile = "FROM busybox:test\nRUN --network=host readlink /proc/self/ns/net\n";
    assertThatThrownBy(() -> fixture.build(context, dockerfile))
        .isInstanceOf(BuildException.class)
        .hasMessageStartingWith("network.host is not allowed");
    Told told = fixture.build(context, b -> b.hostNetwork(true));
    assertThat(told.text())
        .contains(Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString());
    assertThat(fixture.build("FROM busybox:test\nRUN readlink /proc/self/ns/net\n").text())
        .doesNotContain(Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString());
  }

  @Test
  void hereDocumentsAreScriptsAndFiles() {
    Told told =
        fixture.build(
            """
            FROM busybox:test
            ENV WHO=world
            RUN <<EOF
            echo one > /out
            echo two >> /out
            EOF
            RUN cat <<-A >> /out && cat <<'B' >> /out
            \tthree $WHO
            \tA
            four $WHO
            B
            RUN <<EOF
            #!/bin/cat
            printed
            EOF
            COPY <<EOF <<"RAW" /etc/
            hello $WHO
            EOF
            raw $WHO
            RAW
            """);
    assertThat(fixture.run(told.id(), "cat", "/out"))
        .isEqualTo("one\ntwo\nthree world\nfour $WHO\n");
    assertThat(told.text()).contains("#!/bin/cat\nprinted\n");
    assertThat(fixture.run(told.id(), "cat", "/etc/EOF", "/etc/RAW"))
        .isEqualTo("hello world\nraw $WHO\n");
  }

  @Test
  void copiesAsTheReferenceSays() throws Exception {
    Path context = fixture.context();
    Files.createDirectories(context.resolve("dir/sub"));
    Files.writeString(context.resolve("dir/a.txt"), "a");
    Files.writeString(context.resolve("dir/sub/b.md"), "b");
    Files.writeString(context.resolve("x1.c"), "1");
    Files.writeString(context.resolve("x2.c"), "2");
    Files.createSymbolicLink(context.resolve("dir/link"), Path.of("a.txt"));
    Files.writeString(context.resolve(".dockerignore"), "**/*.md\nDockerfile\n!keep.md\n");
    Files.writeString(context.resolve("keep.md"), "k");
    Files.write(context.resolve("arch.tar"), BuildFixture.tar("in/side", "tarred"));
    Told told =
        fixture.build(
            context,
            """
            FROM busybox:test
            RUN mkdir /real && echo 'app:x:77:88::/:' >> /etc/passwd && cd / && test -e /etc/passwd
            COPY dir /dir
            COPY x?.c /c/
            COPY --chown=app:9 --chmod=600 x1.c /owned
            COPY --parents dir/sub/../a.txt /p/
            ADD arch.tar /un/
            COPY arch.tar /kept/
            COPY keep.md /deep/er/name
            WORKDIR /w
            COPY x1.c x2.c ./
            """);
    assertThat(fixture.run(told.id(), "sh", "-c", "cat /dir/a.txt /dir/link /c/x1.c /c/x2.c"))
        .isEqualTo("aa12");
    assertThat(fixture.run(told.id(), "ls", "/dir", "/w")).doesNotContain("b.md");
    assertThat(fixture.run(told.id(), "stat", "-c", "%u %g %a", "/owned")).isEqualTo("77 9 600\n");
    assertThat(fixture.run(told.id(), "cat", "/un/in/side", "/deep/er/name", "/w/x2.c"))
        .isEqualTo("tarredk2");
    assertThat(fixture.run(told.id(), "stat", "-c", "%s", "/kept/arch.tar")).isNotEqualTo("0\n");
  }

  @Test
  void theContextMayBeATar() throws Exception {
    byte[] tar =
        BuildFixture.tar(
            "Dockerfile", "FROM busybox:test\nCOPY . /all/\n",
            ".dockerignore", "secret\n",
            "secret", "s",
            "some/file", "f");
    Told told = fixture.build(new BuildContext.Tar(new ByteArrayInputStream(tar)), b -> b);
    assertThat(fixture.run(told.id(), "ls", "/all")).isEqualTo("Dockerfile\nsome\n");
    assertThat(fixture.build(new BuildContext.Tar(new ByteArrayInputStream(tar)), b -> b).id())
        .isEqualTo(told.id());
  }

  @Test
  void pathsCannotLeaveTheContext() throws Exception {
    Path context = fixture.context();
    Files.createSymbolicLink(context.resolve("out"), Path.of("/etc/passwd"));
    assertThatThrownBy(() -> fixture.build(context, "FROM busybox:test\nCOPY ../x /\n"))
        .hasMessage("COPY failed: forbidden path outside the build context: ../x ()");
    assertThatThrownBy(() -> fixture.build(context, "FROM busybox:test\nCOPY out /\n"))
        .hasMessageContaining("file not found in build context");
    assertThatThrownBy(
            () ->
                fixture.build(
                    new BuildContext.Tar(
                        new ByteArrayInputStream(BuildFixture.tar("../Dockerfile", "FROM x"))),
                    b -> b))
        .isInstanceOf(BuildException.class)
        .hasMessageContaining("out of the root");
  }

  @Test
  void cacheMountsStayAndAreNoPartOfTheImage() throws Exception {
    String dockerfile =
        """
        FROM busybox:test
        ARG N
        RUN --mount=type=cache,target=/cache,id=test-cache echo $N >> /cache/log; cat /cache/log
        """;
    Path context = fixture.context();
    Files.writeString(context.resolve("Dockerfile"), dockerfile);
    fixture.build(context, b -> b.buildArgs(Map.of("N", "1")));
    Told second = fixture.build(context, b -> b.buildArgs(Map.of("N", "2")));
    assertThat(second.text()).contains("1\n2\n");
    assertThat(fixture.run(second.id(), "ls", "/")).doesNotContain("cache");
    assertThat(fixture.engine().builder().cache())
        .anySatisfy(
            entry -> {
              assertThat(entry.type()).isEqualTo("exec.cachemount");
              assertThat(entry.description()).contains("test-cache");
              assertThat(entry.bytes()).isEqualTo(4);
            });
  }

  @Test
  void secretsAndBindsAreThereForTheCommandAlone() throws Exception {
    Path context = fixture.context();
    Files.writeString(context.resolve("src"), "bound");
    Files.writeString(
        context.resolve("Dockerfile"),
        """
        FROM busybox:test AS other
        RUN echo theirs > /file
        FROM busybox:test
        RUN --mount=type=secret,id=token cat /run/secrets/token
        RUN --mount=type=secret,id=token,env=TOKEN echo env $TOKEN
        RUN --mount=type=bind,target=/ctx cat /ctx/src; ! touch /ctx/no
        RUN --mount=type=bind,from=other,source=/file,target=/f cat /f
        RUN --mount=type=tmpfs,target=/t touch /t/x; ls /t
        """);
    Told told =
        fixture.build(
            context,
            b ->
                b.secrets(
                    SecretSource.of(
                        Map.of(
                            "token", "geheim".getBytes(java.nio.charset.StandardCharsets.UTF_8)))));
    assertThat(told.text()).contains("geheim", "env geheim\n", "bound", "theirs\n", "\nx\n");
    assertThat(fixture.run(told.id(), "sh", "-c", "ls / /run"))
        .doesNotContain("ctx")
        .doesNotContain("secrets");
  }

  @Test
  void sourceDateMakesBuildsReproducible() throws Exception {
    Path context = fixture.context();
    Files.writeString(context.resolve("a"), "a");
    Files.writeString(
        context.resolve("Dockerfile"),
        "FROM busybox:test\nCOPY a /a\nRUN mkdir /d && date > /dev/null; echo x > /d/x\n");
    Map<String, String> date = Map.of("SOURCE_DATE_EPOCH", "1000000000");
    Told first = fixture.build(context, b -> b.buildArgs(date).noCache(true));
    Files.setLastModifiedTime(
        context.resolve("a"), java.nio.file.attribute.FileTime.fromMillis(1_700_000_000_000L));
    Told second = fixture.build(context, b -> b.buildArgs(date).noCache(true));
    assertThat(second.id()).isEqualTo(first.id());
    assertThat(second.count(BuildEvent.Running.class)).isEqualTo(1);
  }

  @Test
  void triggersRunWhereTheImageIsBuiltOn() throws Exception {
    Path context = fixture.context();
    Files.writeString(
        context.resolve("Dockerfile"), "FROM busybox:test\nONBUILD RUN echo triggered > /t\n");
    fixture.build(context, b -> b.names(List.of("with-trigger:1")));
    Told told = fixture.build("FROM with-trigger:1\nRUN cat /t\n");
    assertThat(told.text()).contains("# Executing 1 build trigger\n", "\ntriggered\n");
    assertThat(fixture.run(told.id(), "cat", "/t")).isEqualTo("triggered\n");
  }

  @Test
  void squashesWhatTheBuildAdded() throws Exception {
    Path context = fixture.context();
    Files.writeString(
        context.resolve("Dockerfile"),
        "FROM busybox:test\nRUN echo 1 > /one\nRUN echo 2 > /two; rm /one\n");
    Told told = fixture.build(context, b -> b.squash(true));
    var image = fixture.engine().images().find(told.id()).orElseThrow();
    var base = fixture.engine().images().find("busybox:test").orElseThrow();
    assertThat(image.layers()).hasSize(base.layers().size() + 1);
    assertThat(fixture.run(told.id(), "sh", "-c", "cat /two; test -e /one || echo gone"))
        .isEqualTo("2\ngone\n");
  }

  @Test
  void takesLayersOfAnImageThatIsNamedAsCache() throws Exception {
    Path context = fixture.context();
    Files.writeString(
        context.resolve("Dockerfile"), "FROM busybox:test\nRUN echo from-cache > /fc\n");
    Told first = fixture.build(context, b -> b.names(List.of("cache-source")));
    fixture.engine().builder().prune(null, true, 0);
    assertThat(fixture.engine().builder().cache())
        .noneMatch(entry -> entry.description().contains("from-cache"));
    Told second = fixture.build(context, b -> b.cacheFrom(List.of("cache-source")));
    assertThat(second.count(BuildEvent.Running.class)).isZero();
    assertThat(fixture.run(second.id(), "cat", "/fc")).isEqualTo("from-cache\n");
    assertThat(first.id()).isNotEmpty();
  }

  @Test
  void takesLayersOfAnImageAtARegistryAndOnlyThoseThatHistoryTellsWholly() throws Exception {
    try (FakeRegistry registry = new FakeRegistry()) {
      String name = registry.host() + "/team/cache:1";
      Path context = fixture.context();
      Files.writeString(context.resolve("a"), "same");
      Files.writeString(context.resolve("b"), "1");
      String dockerfile =
          """
          FROM busybox:test
          COPY a /a
          RUN echo remote-cache > /rc
          RUN --mount=type=bind,target=/m cat /m/b > /b
          """;
      Files.writeString(context.resolve("Dockerfile"), dockerfile);
      fixture.build(context, b -> b.names(List.of(name)));
      fixture.engine().images().push(name, PullOptions.DEFAULT);
      fixture.engine().images().delete(name, true, true);
      fixture.engine().builder().prune(null, true, 0);
      Files.writeString(context.resolve("b"), "2");
      Told second = fixture.build(context, b -> b.cacheFrom(List.of("127.0.0.1:1/none:1", name)));
      assertThat(second.text()).contains("cache-from 127.0.0.1:1/none:1 is not used: ");
      assertThat(second.count(BuildEvent.Running.class)).as("but for the mount").isEqualTo(1);
      assertThat(fixture.run(second.id(), "cat", "/rc", "/a", "/b"))
          .isEqualTo("remote-cache\nsame2");
    }
  }

  @Test
  void aBaseForAnotherPlatformIsPulledOrNamedAsTheReason() throws Exception {
    Path context = fixture.context();
    Files.writeString(context.resolve("Dockerfile"), "FROM busybox:test\nLABEL a=b\n");
    String here = Platform.parse("").text();
    String other = here.endsWith("/arm64") ? "linux/amd64" : "linux/arm64";
    assertThat(fixture.build(context, b -> b.platform(here)).id()).isNotEmpty();
    String id = fixture.engine().images().find("busybox:test").orElseThrow().id();
    Files.writeString(context.resolve("Dockerfile"), "FROM " + id + "\nLABEL a=b\n");
    String why = " was found but its platform (%s) does not match the specified platform (%s)";
    assertThatThrownBy(() -> fixture.build(context, b -> b.platform(other)))
        .hasMessageContaining("image with reference " + id + why.formatted(here, other));
    try (FakeRegistry registry = new FakeRegistry()) {
      String name = registry.host() + "/base:1";
      fixture.engine().images().tag("busybox:test", name);
      try {
        Files.writeString(
            context.resolve("Dockerfile"), "FROM --platform=" + other + " " + name + "\nENV a=b\n");
        assertThatThrownBy(() -> fixture.build(context, b -> b))
            .hasMessageContaining(name + why.formatted(here, other) + ": ");
        // What has no platforms to choose from is taken as it is, and said to be for another.
        fixture.engine().images().push(name, PullOptions.DEFAULT);
        assertThat(fixture.build(context, b -> b).text())
            .contains(
                "InvalidBaseImagePlatform: Base image %s was pulled with platform \"%s\", expected"
                        .formatted(name, here)
                    + " \"%s\" for current build".formatted(other));
      } finally {
        fixture.engine().images().delete(name, true, true);
      }
    }
  }

  @Test
  void aCacheSurvivesTheDaemon() throws Exception {
    Path context = fixture.context();
    Files.writeString(context.resolve("Dockerfile"), "FROM busybox:test\nRUN echo survives > /s\n");
    String id = fixture.build(context, b -> b).id();
    fixture.test().restart();
    Told again = fixture.build(context, b -> b);
    assertThat(again.id()).isEqualTo(id);
    assertThat(again.count(BuildEvent.Running.class)).isZero();
  }

  @Test
  void warningsAreErrorsWhereTheDockerfileWantsIt() {
    String dockerfile = "# check=error=true\nFROM busybox:test\nCMD a\nWORKDIR b\n";
    assertThatThrownBy(() -> fixture.build(dockerfile))
        .isInstanceOf(BuildException.class)
        .hasMessage("lint violation found for rules: JSONArgsRecommended, WorkdirRelativePath");
    BuildContext context =
        new BuildContext.DockerfileOnly(
            dockerfile.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(
            fixture
                .build(
                    context,
                    b -> b.buildArgs(Map.of("BUILDKIT_DOCKERFILE_CHECK", "skip=all;error=true")))
                .id())
        .startsWith("sha256:");
    Builder.Checked checked =
        fixture.engine().builder().check(BuildRequest.of(context).target("nope").build());
    assertThat(checked.failure()).hasMessage("target stage \"nope\" could not be found");
    checked = fixture.engine().builder().check(BuildRequest.of(context).build());
    assertThat(checked.warnings()).hasSize(2);
    assertThat(checked.error()).isTrue();
    assertThat(checked.text()).isEqualTo(dockerfile);
  }
}
