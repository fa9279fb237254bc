package dev.mokha.engine.build;

import static dev.mokha.engine.build.git.GitServer.file;
import static dev.mokha.engine.build.git.GitServer.link;
import static dev.mokha.engine.build.git.GitServer.program;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.BuildFixture.Told;
import dev.mokha.engine.build.git.GitServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Builds from git repositories, which a server on loopback has. */
@Timeout(120)
class BuildGitTest {
  private static BuildFixture fixture;
  private static GitServer server;

  @BeforeAll
  static void open() throws Exception {
    fixture = new BuildFixture();
    server = new GitServer(Files.createDirectories(fixture.context()));
  }

  @AfterAll
  static void close() {
    if (server != null) {
      server.close();
    }
    if (fixture != null) {
      fixture.close();
    }
  }

  @AfterEach
  void leavesNothing() throws Exception {
    assertThat(fixture.leftovers()).isEmpty();
    try (Stream<Path> files = Files.walk(fixture.test().config().dataDir())) {
      assertThat(files.filter(path -> path.getFileName().toString().startsWith("git-"))).isEmpty();
    }
  }

  @Test
  void aRepositoryIsAContext() throws Exception {
    server.commit(
        "context",
        "refs/heads/main",
        Map.of(
            "Dockerfile",
            file("FROM busybox:test\nCOPY . /app\nRUN /app/bin/x\n"),
            "bin/x",
            program("#!/bin/sh\ncat /app/a > /said\n"),
            "a",
            file("hello"),
            "sub/ci.Dockerfile",
            file("FROM busybox:test\nCOPY b /b\n"),
            "sub/b",
            file("below"),
            "hidden",
            file("x"),
            ".dockerignore",
            file("hidden\n")));
    Told told = fixture.build(new BuildContext.Git(server.address("context")), b -> b);
    assertThat(fixture.run(told.id(), "cat", "/said")).isEqualTo("hello");
    assertThat(fixture.run(told.id(), "ls", "-A", "/app")).doesNotContain("hidden", ".git\n");
    Told below =
        fixture.build(
            new BuildContext.Git(server.address("context") + "#main:sub"),
            b -> b.dockerfile("ci.Dockerfile"));
    assertThat(fixture.run(below.id(), "cat", "/b")).isEqualTo("below");
    assertThatThrownBy(() -> fixture.build(new BuildContext.Git("file:///srv/app.git"), b -> b))
        .isInstanceOf(BuildException.class)
        .hasMessageContaining("not over \"file\"");
  }

  @Test
  void linksOfARepositoryStayInside() throws Exception {
    server.commit(
        "evil",
        "refs/heads/main",
        Map.of(
            "Dockerfile",
            file("FROM busybox:test\nCOPY out/passwd /stolen\n"),
            "out",
            link("/etc"),
            ".dockerignore",
            link("/etc/passwd")));
    assertThatThrownBy(() -> fixture.build(new BuildContext.Git(server.address("evil")), b -> b))
        .isInstanceOf(BuildException.class)
        .hasMessageContaining("file not found in build context");
    server.commit("evil", "refs/heads/main", Map.of("Dockerfile", link("/etc/passwd")));
    assertThatThrownBy(() -> fixture.build(new BuildContext.Git(server.address("evil")), b -> b))
        .isInstanceOf(BuildException.class)
        .hasMessage("Cannot locate specified Dockerfile: Dockerfile");
  }

  @Test
  void addTakesARepositoryAndFetchesItOnceForEachCommit() throws Exception {
    server.commit("lib", "refs/heads/main", Map.of("a/b", file("1"), "skip", file("2")));
    String dockerfile =
        "FROM busybox:test\nADD --exclude=skip --chown=7:8 " + server.address("lib") + "#main /l\n";
    Told told = fixture.build(dockerfile);
    assertThat(fixture.run(told.id(), "sh", "-c", "cat /l/a/b; stat -c %u:%g /l/a/b; ls -A /l"))
        .isEqualTo("17:8\na\n");
    long fetches = server.fetches();
    Told again = fixture.build(dockerfile);
    assertThat(again.id()).isEqualTo(told.id());
    assertThat(server.fetches()).as("fetches for an unchanged build").isEqualTo(fetches);
    String commit = server.commit("lib", "refs/heads/main", Map.of("a/b", file("9")));
    Told changed = fixture.build(dockerfile);
    assertThat(fixture.run(changed.id(), "cat", "/l/a/b")).isEqualTo("9");
    assertThat(server.fetches()).isEqualTo(fetches + 1);
    Told kept =
        fixture.build(
            "FROM busybox:test\nADD --keep-git-dir --checksum="
                + commit
                + " "
                + server.address("lib")
                + " /l\n");
    assertThat(fixture.run(kept.id(), "cat", "/l/.git/refs/heads/main")).isEqualTo(commit + "\n");
    assertThatThrownBy(
            () ->
                fixture.build(
                    "FROM busybox:test\nADD --checksum=00000 " + server.address("lib") + " /l\n"))
        .isInstanceOf(BuildException.class)
        .hasMessage("ADD failed: expected checksum to match 00000, got " + commit);
  }
}
