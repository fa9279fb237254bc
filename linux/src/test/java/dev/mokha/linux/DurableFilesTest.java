package dev.mokha.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DurableFilesTest {
  @TempDir private Path directory;

  @Test
  void aTreeIsRemovedThoughNoPathReachesItsEnd() throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Path outside = Files.writeString(directory.resolve("outside"), "kept");
    for (int i = 0; i < 9; i++) { // each round puts what is there 250 levels deeper
      Path deeper = Files.createDirectories(directory.resolve("next/" + "d/".repeat(250)));
      Files.createSymbolicLink(deeper.resolve("link"), outside);
      Files.writeString(deeper.resolve("file"), "gone");
      Files.move(tree, deeper.resolve("tree"));
      Files.move(directory.resolve("next"), tree);
    }

    DurableFiles.delete(tree);

    assertThat(directory.toFile().list()).containsExactly("outside");
    assertThat(outside).hasContent("kept");
  }

  @Test
  void aFileIsMadeAndReplacedAsAWhole() throws IOException {
    Path file = directory.resolve("record.json");

    DurableFiles.replace(file, bytes("a longer content"));
    assertThat(file).hasContent("a longer content");

    DurableFiles.replace(file, bytes("short"), false);
    assertThat(file).hasContent("short");
    assertThat(directory.toFile().list()).containsExactly("record.json");
  }

  @Test
  void whatAKilledProcessLeftHalfWrittenIsOverwritten() throws IOException {
    Path file = directory.resolve("record.json");
    Files.writeString(directory.resolve("record.json.new"), "half a record that never came to be");

    DurableFiles.replace(file, bytes("whole"));

    assertThat(file).hasContent("whole");
    assertThat(directory.toFile().list()).containsExactly("record.json");
  }

  @Test
  void aFileThatCanNotBeWrittenStaysAsItWas() throws IOException {
    Path file = directory.resolve("record.json");
    DurableFiles.replace(file, bytes("old"));
    Files.createDirectory(directory.resolve("record.json.new"));

    assertThatThrownBy(() -> DurableFiles.replace(file, bytes("new")))
        .isInstanceOf(IOException.class);

    assertThat(file).hasContent("old");
  }

  @Test
  void aTreeIsDeletedAndNoLinkInItIsFollowed() throws IOException {
    Path other = Files.createDirectory(directory.resolve("other"));
    Path kept = Files.writeString(other.resolve("kept"), "kept");
    Path tree = Files.createDirectories(directory.resolve("tree/a/b"));
    Files.writeString(tree.resolve("file"), "");
    Files.createSymbolicLink(tree.resolve("link"), other);
    Path link = Files.createSymbolicLink(directory.resolve("link"), other);

    DurableFiles.delete(directory.resolve("tree"));
    DurableFiles.delete(link);

    assertThat(directory.toFile().list()).containsExactly("other");
    assertThat(kept).hasContent("kept");
  }

  @Test
  void whatIsGoneNeedNotBeDeleted() throws IOException {
    DurableFiles.delete(directory.resolve("missing"));

    assertThat(directory).isEmptyDirectory();
    assertThatThrownBy(() -> DurableFiles.syncDirectory(directory.resolve("missing")))
        .isInstanceOf(NoSuchFileException.class);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
