package dev.mokha.engine.build.git;

import static dev.mokha.engine.build.git.GitServer.file;
import static dev.mokha.engine.build.git.GitServer.link;
import static dev.mokha.engine.build.git.GitServer.program;
import static dev.mokha.engine.build.git.GitServer.submodule;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.SecretSource;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.FileTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.transport.Daemon;
import org.eclipse.jgit.transport.DaemonClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class GitRepositoriesTest {
  @TempDir Path directory;
  private Path scratch;
  private GitServer server;
  private GitRepositories repositories;

  @BeforeEach
  void serve() throws IOException {
    server = new GitServer(Files.createDirectories(directory.resolve("served")));
    scratch = Files.createDirectories(directory.resolve("scratch"));
    repositories = new GitRepositories(scratch, SecretSource.NONE, GitRepositories.Limits.DEFAULT);
  }

  @AfterEach
  void leavesNothing() throws IOException {
    server.close();
    try (Stream<Path> left = Files.list(scratch)) {
      assertThat(left).isEmpty();
    }
  }

  private Map<String, String> fetched(String text) throws Exception {
    return fetched(repositories, text);
  }

  private static Map<String, String> fetched(GitRepositories repositories, String text)
      throws Exception {
    GitAddress address = GitAddress.parse(text);
    try (FileTree tree = repositories.fetch(address, repositories.resolve(address))) {
      Map<String, String> files = new TreeMap<>();
      list(tree.root(), "", files);
      return files;
    }
  }

  private static void list(FileNode directory, String path, Map<String, String> files)
      throws IOException {
    for (Map.Entry<String, FileNode> entry : directory.children().entrySet()) {
      FileNode node = entry.getValue();
      String name = path + entry.getKey();
      switch (node.kind()) {
        case DIRECTORY -> {
          files.put(name + "/", "");
          list(node, name + "/", files);
        }
        case LINK -> files.put(name, "-> " + node.link());
        default -> {
          try (InputStream in = node.open()) {
            byte[] content = in.readAllBytes();
            assertThat(node.size()).isEqualTo(content.length);
            files.put(
                name,
                Integer.toOctalString(node.mode())
                    + " "
                    + new String(content, StandardCharsets.UTF_8));
          }
        }
      }
    }
  }

  @Test
  void showsTheFilesOfABranchATagACommitAndADirectory() throws Exception {
    String first =
        server.commit(
            "app",
            "refs/heads/main",
            Map.of("a", file("1"), "bin/x", program("#!"), "bin/l", link("../a")));
    server.commit("app", "refs/heads/main", Map.of("a", file("2")));
    server.tag("app", "v1", first);
    Map<String, String> old =
        Map.of("a", "644 1", "bin/", "", "bin/x", "755 #!", "bin/l", "-> ../a");
    assertThat(fetched(server.address("app"))).isEqualTo(Map.of("a", "644 2"));
    assertThat(fetched(server.address("app") + "#main")).isEqualTo(Map.of("a", "644 2"));
    assertThat(fetched(server.address("app") + "#refs/heads/main")).isEqualTo(Map.of("a", "644 2"));
    assertThat(fetched(server.address("app") + "#v1")).isEqualTo(old);
    assertThat(fetched(server.address("app") + "?tag=v1&checksum=" + first.substring(0, 9)))
        .isEqualTo(old);
    assertThat(fetched(server.address("app") + "#" + first)).isEqualTo(old);
    assertThat(fetched(server.address("app") + "#" + first.substring(0, 8))).isEqualTo(old);
    assertThat(fetched(server.address("app") + "#v1:bin"))
        .isEqualTo(Map.of("x", "755 #!", "l", "-> ../a"));
  }

  @Test
  void saysWhatIsNotThere() throws Exception {
    server.commit("app", "refs/heads/main", Map.of("a", file("1"), "l", link("/etc")));
    String address = server.address("app");
    assertThatThrownBy(() -> fetched(address + "#nowhere"))
        .isInstanceOf(BuildException.class)
        .hasMessage("repository " + address + " does not contain ref nowhere");
    String id = "00000000000000000000000000000000000000aa";
    assertThatThrownBy(() -> fetched(address + "#" + id))
        .isInstanceOf(BuildException.class)
        .hasMessage("repository " + address + " does not contain commit " + id);
    for (String wrong : List.of("a", "none", "l")) {
      assertThatThrownBy(() -> fetched(address + "#:" + wrong))
          .isInstanceOf(BuildException.class)
          .hasMessage("the git repository has no directory " + wrong);
    }
    assertThat(fetched(address + "#:../..")).containsKey("a"); // ".." ends at the root
    assertThatThrownBy(() -> fetched(address + "?commit=aaaaaaaaaaaa"))
        .isInstanceOf(BuildException.class)
        .hasMessageStartingWith("expected checksum to match aaaaaaaaaaaa, got ");
    assertThatThrownBy(() -> fetched(server.address("other")))
        .isInstanceOf(BuildException.class)
        .hasMessageContaining(server.address("other") + ": not found");
  }

  @Test
  void submodulesComeAlong() throws Exception {
    String deepest = server.commit("libs/deepest", "refs/heads/main", Map.of("d", file("deep")));
    String inner =
        server.commit(
            "libs/inner",
            "refs/heads/main",
            Map.of(
                "i",
                file("in"),
                "sub",
                submodule(deepest),
                ".gitmodules",
                file("[submodule \"s\"]\npath = sub\nurl = ../deepest.git\n")));
    server.commit("libs/inner", "refs/heads/main", Map.of("i", file("later")));
    server.commit(
        "app",
        "refs/heads/main",
        Map.of(
            "a",
            file("1"),
            "lib/inner",
            submodule(inner),
            "lib/off",
            submodule(inner),
            "lib/unknown",
            submodule(inner),
            ".gitmodules",
            file(
                "[submodule \"x\"]\npath = lib/inner\nurl = "
                    + server.address("libs/inner")
                    + "\n[submodule \"y\"]\npath = lib/off\nupdate = none\nurl = ./no.git\n")));
    Map<String, String> files = fetched(server.address("app"));
    assertThat(files)
        .containsEntry("lib/inner/i", "644 in")
        .containsEntry("lib/inner/sub/d", "644 deep")
        .containsEntry("lib/off/", "")
        .containsEntry("lib/unknown/", "")
        .doesNotContainKey("lib/off/i");
    assertThat(fetched(server.address("app") + "?submodules=0"))
        .containsEntry("lib/inner/", "")
        .doesNotContainKey("lib/inner/i");
  }

  @Test
  void submodulesLeadToOtherRepositoriesAlone() throws Exception {
    String commit = server.commit("lib", "refs/heads/main", Map.of("i", file("in")));
    for (String url :
        List.of(
            "file:///etc",
            "/etc",
            "ext::sh -c id",
            "git@127.0.0.1:lib.git",
            "../../../x.git",
            "local")) {
      server.commit(
          "app",
          "refs/heads/main",
          Map.of(
              "lib",
              submodule(commit),
              ".gitmodules",
              file("[submodule \"l\"]\npath = lib\nurl = \"" + url + "\"\n")));
      assertThatThrownBy(() -> fetched(server.address("app")))
          .as(url)
          .isInstanceOf(BuildException.class)
          .hasMessageStartingWith("submodule lib: ");
    }
  }

  @Test
  void aRepositoryThatContainsItselfEnds() throws Exception {
    // A commit can't name itself, but a submodule's address can be anybody's.
    String commit = server.commit("lib", "refs/heads/main", Map.of("i", file("in")));
    Map<String, GitServer.Entry> files = new TreeMap<>();
    StringBuilder modules = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      files.put("m" + i, submodule(commit));
      modules.append("[submodule \"m%d\"]\npath = m%d\nurl = ../lib.git\n".formatted(i, i));
    }
    files.put(".gitmodules", file(modules.toString()));
    server.commit("app/x", "refs/heads/main", files);
    GitRepositories few =
        new GitRepositories(
            scratch,
            SecretSource.NONE,
            new GitRepositories.Limits(Duration.ofSeconds(30), 1 << 20, 3));
    server.commit("app/lib", "refs/heads/main", Map.of("i", file("in")));
    assertThatThrownBy(() -> fetched(few, server.address("app/x")))
        .isInstanceOf(BuildException.class)
        .hasMessage("the git repository has more than 3 submodules");
  }

  @Test
  void keepsTheGitDirectoryWhenAsked() throws Exception {
    String commit = server.commit("app", "refs/heads/main", Map.of("a/b", file("1")));
    GitAddress address = GitAddress.parse(server.address("app") + "?keep-git-dir=1");
    try (FileTree tree = repositories.fetch(address, repositories.resolve(address))) {
      Map<String, String> files = new TreeMap<>();
      list(tree.root(), "", files);
      assertThat(files)
          .containsEntry("a/b", "644 1")
          .containsEntry(".git/HEAD", "644 ref: refs/heads/main\n")
          .containsEntry(".git/refs/heads/main", "644 " + commit + "\n")
          .containsKey(".git/index")
          .doesNotContainKey(".git/FETCH_HEAD");
    }
  }

  @Test
  void loginsGoToTheirHostAlone() throws Exception {
    server.commit("app", "refs/heads/main", Map.of("a", file("1")));
    server.requireLogin("me:geheim");
    String plain = server.address("app");
    assertThatThrownBy(() -> fetched(plain))
        .isInstanceOf(BuildException.class)
        .hasMessageContaining(plain);
    String with = plain.replace("http://", "http://me:geheim@");
    assertThat(fetched(with)).containsKey("a");
    assertThatThrownBy(() -> fetched(with.replace("geheim", "falsch")))
        .isInstanceOf(BuildException.class)
        .hasMessageContaining("not authorized")
        .message()
        .doesNotContain("falsch");
    server.requireLogin("x-access-token:tok");
    SecretSource secrets =
        SecretSource.of(
            Map.of("GIT_AUTH_TOKEN.127.0.0.1", "tok\n".getBytes(StandardCharsets.UTF_8)));
    assertThat(
            fetched(new GitRepositories(scratch, secrets, GitRepositories.Limits.DEFAULT), plain))
        .containsKey("a");
    try (GitServer other = new GitServer(directory.resolve("other"))) {
      other.redirectTo(plain.substring(0, plain.length() - "/app.git".length()));
      // "localhost" sends to 127.0.0.1: another name is another host.
      String redirected = other.address("app").replace("127.0.0.1", "me:geheim@localhost");
      server.requireLogin("me:geheim");
      assertThatThrownBy(() -> fetched(redirected)).isInstanceOf(BuildException.class);
      server.requireLogin("");
      assertThat(fetched(redirected)).containsKey("a");
    }
  }

  @Test
  void endsWhenItIsTooLargeOrTakesTooLong() throws Exception {
    byte[] noise = new byte[300_000];
    new Random(1).nextBytes(noise);
    server.commit(
        "app",
        "refs/heads/main",
        Map.of("a", file(new String(noise, StandardCharsets.ISO_8859_1))));
    GitRepositories small =
        new GitRepositories(
            scratch,
            SecretSource.NONE,
            new GitRepositories.Limits(Duration.ofSeconds(30), 200_000, 3));
    assertThatThrownBy(() -> fetched(small, server.address("app")))
        .isInstanceOf(BuildException.class)
        .hasMessage(server.address("app") + " is larger than 200000 bytes with its submodules");
    server.stall();
    GitRepositories quick =
        new GitRepositories(
            scratch,
            SecretSource.NONE,
            new GitRepositories.Limits(Duration.ofSeconds(1), 1 << 20, 3));
    assertThatThrownBy(() -> fetched(quick, server.address("app")))
        .isInstanceOf(BuildException.class)
        .hasMessage("fetching " + server.address("app") + " took longer than 1 s");
  }

  @Test
  void anInterruptEndsAFetch() throws Exception {
    server.commit("app", "refs/heads/main", Map.of("a", file("1")));
    server.stall();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> fetched(server.address("app")))
        .isInstanceOf(InterruptedException.class);
  }

  @Test
  void namesThatLeadOutAreRefused() throws Exception {
    for (String name : List.of("..", ".", ".git", ".GIT")) {
      server.commit("bad", "refs/heads/main", Map.of(name, file("x")));
      assertThatThrownBy(() -> fetched(server.address("bad")))
          .as(name)
          .isInstanceOf(BuildException.class)
          .hasMessageContaining("forbidden name");
    }
    server.commit("bad", "refs/heads/main", Map.of("l", link("a\0b")));
    assertThatThrownBy(() -> fetched(server.address("bad")))
        .isInstanceOf(BuildException.class)
        .hasMessageContaining("leads to no possible path");
  }

  @Test
  void speaksGitsOwnProtocol() throws Exception {
    server.commit("app", "refs/heads/main", Map.of("a", file("1")));
    Daemon daemon = new Daemon(new java.net.InetSocketAddress("127.0.0.1", 0));
    daemon.setRepositoryResolver(
        (DaemonClient client, String name) -> {
          try {
            return new FileRepository(directory.resolve("served").resolve("app").toFile());
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
    daemon.getService("git-upload-pack").setEnabled(true);
    daemon.start();
    try {
      assertThat(fetched("git://127.0.0.1:" + daemon.getAddress().getPort() + "/app.git#main"))
          .isEqualTo(Map.of("a", "644 1"));
    } finally {
      daemon.stopAndWait();
    }
  }

  @Test
  void readsNothingOfTheHostsConfiguration() {
    assertThat(Arrays.asList("GIT_DIR", "GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME"))
        .allSatisfy(
            name ->
                assertThat(org.eclipse.jgit.util.SystemReader.getInstance().getenv(name)).isNull());
  }
}
