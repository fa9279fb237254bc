package dev.mokha.registry.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.registry.TestRegistry;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFullTest {
  @TempDir private Path directory;
  private boolean mounted;

  @BeforeEach
  void mount() throws Exception {
    assumeTrue(System.getProperty("user.name").equals("root"), "a small disk needs root to mount");
    int status =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", directory.toString())
            .start()
            .waitFor();
    assumeTrue(status == 0, "this machine does not let us mount a tmpfs");
    mounted = true;
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted) {
      assertThat(new ProcessBuilder("umount", directory.toString()).start().waitFor()).isZero();
    }
  }

  @Test
  void aFullDiskIsSaidAndHurtsNothing() throws Exception {
    try (TestRegistry registry = TestRegistry.open(directory.resolve("r"))) {
      Digest image = registry.pushImage("app", "v1", new byte[100_000]);
      byte[] large = new byte[3 << 20];
      new Random(1).nextBytes(large);
      Digest digest = Digest.of(Digest.SHA256, large);
      HttpResponse<byte[]> refused =
          registry.send("POST", "/v2/app/blobs/uploads/?digest=" + digest, large);
      assertThat(refused.statusCode()).isEqualTo(507);
      assertThat(TestRegistry.text(refused)).contains("disk is full");
      assertThat(registry.get("/v2/app/manifests/v1").statusCode()).isEqualTo(200);
      assertThat(registry.get("/v2/app/blobs/" + digest).statusCode()).isEqualTo(404);
      // What had come was given back: there is room again.
      assertThat(registry.pushImage("app", "v2", new byte[50_000])).isNotEqualTo(image);
      assertThat(Files.exists(directory.resolve("r/uploads"))).isTrue();
      assertThat(registry.storage().uploads().count()).isZero();
    }
  }
}
