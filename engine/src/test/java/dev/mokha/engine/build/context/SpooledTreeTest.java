package dev.mokha.engine.build.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.content.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpooledTreeTest {
  @TempDir Path scratch;

  private static FileStatus file(long size) {
    return FileStatus.file(0644, size, Instant.EPOCH);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void contentsMayComeMixed() throws IOException {
    try (SpooledTree tree = SpooledTree.in(scratch)) {
      tree.add("d", FileStatus.directory(), "", Map.of());
      SpooledTree.Content a = tree.add("d/a", file(4), "", Map.of());
      SpooledTree.Content b = tree.add("d/b", file(9), "", Map.of());
      a.write(bytes("aa"));
      b.write(bytes("bbbb"));
      a.write(bytes("AA"));
      b.end();
      a.end();
      tree.addLink("again", "d/a");
      FileNode first = tree.find("d/a").orElseThrow().node();
      try (InputStream in = first.open()) {
        assertThat(in.readAllBytes()).asString().isEqualTo("aaAA");
      }
      assertThat("sha256:" + first.digest()).isEqualTo(Digest.of("aaAA").toString());
      FileNode shorter = tree.find("d/b").orElseThrow().node();
      assertThat(shorter.size()).isEqualTo(4); // it shrank while it was sent
      try (InputStream in = shorter.open()) {
        assertThat(in.readAllBytes()).asString().isEqualTo("bbbb");
      }
      assertThat(tree.find("again").orElseThrow().node()).isSameAs(first);
    }
    assertThat(Files.list(scratch)).isEmpty();
  }

  @Test
  void whatLeadsElsewhereIsRefused() throws IOException {
    try (SpooledTree tree = SpooledTree.in(scratch)) {
      tree.add("file", file(1), "", Map.of()).end();
      for (String path :
          List.of(
              "", "/", "/x", "..", "../x", "a/..", "a//b", "./x", "x/", "no/x", "file/x", "a\0b")) {
        assertThatThrownBy(() -> tree.add(path, file(1), "", Map.of()))
            .as(path)
            .isInstanceOf(BuildException.class)
            .hasMessageContaining("refused");
      }
      assertThatThrownBy(() -> tree.add("file", file(1), "", Map.of()))
          .hasMessageContaining("sent twice");
      assertThatThrownBy(() -> tree.addLink("link", "missing"))
          .hasMessageContaining("hard link to nothing");
      assertThatThrownBy(() -> tree.add("x".repeat(5000), file(1), "", Map.of()))
          .hasMessageContaining("too long names");
    }
  }

  @Test
  void aFileIsNotLongerThanItSaid() throws IOException {
    try (SpooledTree tree = SpooledTree.in(scratch)) {
      SpooledTree.Content file = tree.add("f", file(3), "", Map.of());
      file.write(bytes("123"));
      assertThatThrownBy(() -> file.write(bytes("4"))).hasMessageContaining("grew");
      assertThatThrownBy(() -> tree.add("huge", file(Long.MAX_VALUE), "", Map.of()))
          .hasMessageContaining("No space left");
      assertThatThrownBy(() -> tree.add("less", file(-1), "", Map.of()))
          .hasMessageContaining("No space left");
    }
  }
}
