package dev.mokha.engine.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.DaemonProcess;
import dev.mokha.engine.EngineConfig;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Builds that end before their time leave nothing but what they finished. */
@Timeout(120)
class BuildInterruptionTest {
  private BuildFixture fixture;

  @BeforeEach
  void open() {
    fixture = new BuildFixture();
  }

  @AfterEach
  void close() {
    if (fixture != null) {
      fixture.close();
    }
  }

  private static List<Path> files(Path directory) throws Exception {
    try (Stream<Path> all = Files.list(directory)) {
      return all.toList();
    }
  }

  private void assertNothingLeft() throws Exception {
    assertThat(fixture.leftovers()).isEmpty();
    EngineConfig config = fixture.test().config();
    assertThat(files(config.dataDir().resolve("build/scratch"))).isEmpty();
    assertThat(files(config.runDir().resolve("build"))).isEmpty();
    assertThat(fixture.engine().containers().list("")).isEmpty();
  }

  @Test
  void aBuildThatIsInterruptedEndsAtOnce() throws Exception {
    CountDownLatch started = new CountDownLatch(2);
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread builder =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    fixture
                        .engine()
                        .builder()
                        .build(
                            BuildRequest.of(
                                    new BuildContext.DockerfileOnly(
                                        """
                                        FROM busybox:test AS a
                                        RUN echo up; sleep 1000
                                        FROM busybox:test
                                        RUN --mount=type=bind,target=/x echo up; sleep 1000
                                        COPY --from=a / /
                                        """
                                            .getBytes(StandardCharsets.UTF_8)))
                                .build(),
                            event -> {
                              if (event instanceof BuildEvent.Wrote) {
                                started.countDown();
                              }
                            });
                    ended.complete(null);
                  } catch (Throwable t) {
                    ended.complete(t);
                  }
                });
    assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
    builder.interrupt();
    assertThat(ended.get(30, TimeUnit.SECONDS)).hasMessageContaining("interrupted");
    builder.join();
    assertNothingLeft();
  }

  @Test
  void theFirstFailureEndsTheOtherStages() throws Exception {
    long began = System.nanoTime();
    try {
      fixture.build(
          """
          FROM busybox:test AS slow
          RUN sleep 1000
          FROM busybox:test
          RUN exit 4
          COPY --from=slow / /
          """);
      assertThat(true).as("the build fails").isFalse();
    } catch (BuildException e) {
      assertThat(e.exitCode()).isEqualTo(4);
    }
    assertThat(System.nanoTime() - began).isLessThan(60_000_000_000L);
    assertNothingLeft();
  }

  @Test
  void aDaemonThatIsKilledLeavesWhatWasDoneAndNothingElse() throws Exception {
    EngineConfig config = fixture.test().config();
    fixture.engine().close();
    Process daemon =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                DaemonProcess.classPath(),
                BuildDaemon.class.getName(),
                config.dataDir().toString(),
                config.runDir().toString(),
                config.cgroupRoot())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader lines = daemon.inputReader()) {
      DaemonProcess.await(lines, "started");
    } finally {
      daemon.destroyForcibly().waitFor();
      fixture.test().reopen();
    }
    assertNothingLeft();
    BuildFixture.Told again =
        fixture.build("FROM busybox:test AS a\nRUN echo kept > /kept\nRUN cat /kept\n");
    assertThat(again.count(BuildEvent.Cached.class)).isEqualTo(1);
    assertThat(again.text()).contains("\nkept\n");
    assertNothingLeft();
  }
}
