package dev.mokha.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MountsTest {
  @TempDir Path directory;

  @BeforeEach
  void root() {
    Root.required();
  }

  @AfterEach
  void clean() {
    Mounts.unmountTree(directory);
  }

  @Test
  void whatIsBelowIsUnmountedAndTheDiskItselfIsNot() throws Exception {
    Path disk = Files.createDirectory(directory.resolve("disk"));
    Mounts.tmpfs(disk, Set.of(), "size=1m");
    Path below = Files.createDirectory(disk.resolve("below"));
    Mounts.tmpfs(below, Set.of(), "size=1m");

    Mounts.unmountBelow(disk);

    assertThat(Mounts.list()).extracting(MountEntry::target).contains(disk).doesNotContain(below);
  }

  @Test
  void showsADirectoryElsewhereAndThenNoMore() throws Exception {
    Path source = Files.createDirectory(directory.resolve("a b"));
    Path target = Files.createDirectory(directory.resolve("target"));
    Files.writeString(source.resolve("file"), "x");
    Mounts.bind(source, target);
    assertThat(target.resolve("file")).hasContent("x");
    assertThat(Mounts.find(target)).get().extracting(MountEntry::readOnly).isEqualTo(false);
    assertThat(Mounts.unmount(target)).isTrue();
    assertThat(target.resolve("file")).doesNotExist();
    assertThat(Mounts.unmount(target)).isFalse();
    assertThat(Mounts.unmount(directory.resolve("nowhere"))).isFalse();
  }

  @Test
  void aReadOnlyBindIsSoAllTheWayDown() throws Exception {
    Path source = Files.createDirectory(directory.resolve("source"));
    Path inner = Files.createDirectory(source.resolve("inner dir"));
    Mounts.tmpfs(inner, EnumSet.of(MountFlag.NO_DEV), "size=1m");
    Path target = Files.createDirectory(directory.resolve("target"));
    Mounts.bindReadOnly(source, target);
    assertThatThrownBy(() -> Files.writeString(target.resolve("file"), "x"))
        .hasMessageContaining("Read-only");
    assertThatThrownBy(() -> Files.writeString(target.resolve("inner dir/file"), "x"))
        .hasMessageContaining("Read-only");
    assertThat(Mounts.find(target.resolve("inner dir"))).get().matches(MountEntry::readOnly);
    Files.writeString(inner.resolve("file"), "x");
  }

  @Test
  void overlaysManyLayersWithLongPaths() throws Exception {
    List<Path> lower = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Path layer = Files.createDirectory(directory.resolve("layer:with,odd-" + "x".repeat(90) + i));
      Files.writeString(layer.resolve("file" + i), "from " + i);
      Files.writeString(layer.resolve("all"), "from " + i);
      lower.add(layer);
    }
    Path upper = Files.createDirectory(directory.resolve("upper"));
    Path work = Files.createDirectory(directory.resolve("work"));
    Path target = Files.createDirectory(directory.resolve("target"));
    Overlay.mount(lower, upper, work, target, List.of());
    assertThat(target.resolve("all")).hasContent("from 0");
    assertThat(target.resolve("file59")).hasContent("from 59");
    Files.delete(target.resolve("file59"));
    assertThat(upper.resolve("file59")).exists();
    assertThat(Mounts.find(target)).get().extracting(MountEntry::type).isEqualTo("overlay");
  }

  @Test
  void saysWhatFailed() {
    assertThatThrownBy(() -> Mounts.bind(directory.resolve("none"), directory))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("none")
        .hasMessageContaining("ENOENT")
        .extracting("errno")
        .isEqualTo(Errno.ENOENT);
  }

  @Test
  void makesWhatJavaCannot() throws Exception {
    Path whiteout = directory.resolve("whiteout");
    Nodes.device(whiteout, Nodes.CHARACTER, 0, 0, 0600);
    Path disk = directory.resolve("disk");
    Nodes.device(disk, Nodes.BLOCK, 259, 300, 0640);
    assertThat(Files.getAttribute(disk, "unix:rdev")).isEqualTo(Nodes.number(259, 300));
    Path fifo = directory.resolve("fifo");
    Nodes.fifo(fifo, 0622);
    assertThat((int) Files.getAttribute(fifo, "unix:mode") & 0170777).isEqualTo(0010622);
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("nowhere"));
    Nodes.owner(link, 12, 34);
    assertThat(Files.getAttribute(link, "unix:uid", java.nio.file.LinkOption.NOFOLLOW_LINKS))
        .isEqualTo(12);
    Nodes.times(link, 1_000_000_000, 0);
    assertThat(Files.getLastModifiedTime(link, java.nio.file.LinkOption.NOFOLLOW_LINKS).toInstant())
        .hasToString("2001-09-09T01:46:40Z");
    Nodes.mode(fifo, 04755);
    assertThat((int) Files.getAttribute(fifo, "unix:mode") & 07777).isEqualTo(04755);
    Xattrs.set(directory, "trusted.overlay.opaque", new byte[] {'y'});
    assertThat(Xattrs.get(directory, "trusted.overlay.opaque")).hasValue(new byte[] {'y'});
    assertThat(Xattrs.list(directory)).contains("trusted.overlay.opaque");
    Xattrs.remove(directory, "trusted.overlay.opaque");
    assertThat(Xattrs.get(directory, "trusted.overlay.opaque")).isEmpty();
  }
}
