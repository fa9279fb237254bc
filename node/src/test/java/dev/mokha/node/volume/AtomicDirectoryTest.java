package dev.mokha.node.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.node.volume.AtomicDirectory.Content;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicDirectoryTest {
  @TempDir Path dir;

  private static Content text(String text) {
    return new Content(text.getBytes(StandardCharsets.UTF_8), 0640, -1);
  }

  @Test
  void showsFilesThroughOneLink() throws Exception {
    AtomicDirectory volume = new AtomicDirectory(dir, new Ownership(-1, false));
    assertThat(volume.write(Map.of("user", text("a"), "deep/er", text("b")))).isTrue();
    assertThat(dir.resolve("user")).hasContent("a");
    assertThat(dir.resolve("deep/er")).hasContent("b");
    assertThat(Files.readSymbolicLink(dir.resolve("user"))).hasToString("..data/user");
    assertThat((int) Files.getAttribute(dir.resolve("user"), "unix:mode") & 0777).isEqualTo(0640);
  }

  @Test
  void changesAllAtOnceAndCleansUp() throws Exception {
    AtomicDirectory volume = new AtomicDirectory(dir, new Ownership(-1, false));
    volume.write(Map.of("user", text("a"), "old", text("x")));
    Path before = Files.readSymbolicLink(dir.resolve("..data"));
    assertThat(volume.write(Map.of("user", text("a"), "old", text("x")))).isFalse();
    assertThat(volume.write(Map.of("user", text("b")))).isTrue();
    assertThat(dir.resolve("user")).hasContent("b");
    assertThat(Files.exists(dir.resolve("old"))).isFalse();
    assertThat(dir.resolve(before)).doesNotExist();
    try (var entries = Files.list(dir)) {
      assertThat(entries).hasSize(3);
    }
  }

  @Test
  void refusesPathsThatLeadOut() {
    AtomicDirectory volume = new AtomicDirectory(dir, new Ownership(-1, false));
    assertThatThrownBy(() -> volume.write(Map.of("../x", text("a"))))
        .isInstanceOf(VolumeException.class);
  }
}
