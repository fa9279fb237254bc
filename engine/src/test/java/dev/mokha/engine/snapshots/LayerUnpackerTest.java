package dev.mokha.engine.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Leases;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Overlay;
import dev.mokha.linux.Xattrs;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of tars, good and bad. */
class LayerUnpackerTest {
  @TempDir private Path directory;

  @BeforeEach
  void root() {
    assumeTrue(
        "root".equals(System.getProperty("user.name")),
        "owners and devices need root: run as root");
  }

  /** Writes tars by hand. */
  private static final class Tar {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream out = new TarArchiveOutputStream(bytes);

    Tar file(String name, String content, int mode, int uid) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL, true);
      byte[] data = content.getBytes(StandardCharsets.UTF_8);
      entry.setSize(data.length);
      entry.setMode(mode);
      entry.setIds(uid, uid);
      entry.setModTime(1_000_000_000_000L);
      out.putArchiveEntry(entry);
      out.write(data);
      out.closeArchiveEntry();
      return this;
    }

    Tar file(String name, String content) throws IOException {
      return file(name, content, 0644, 0);
    }

    Tar directory(String name, int mode) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name + "/", TarConstants.LF_DIR, true);
      entry.setMode(mode);
      entry.setModTime(1_000_000_000_000L);
      out.putArchiveEntry(entry);
      out.closeArchiveEntry();
      return this;
    }

    Tar link(String name, String target, byte kind) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name, kind, true);
      entry.setLinkName(target);
      out.putArchiveEntry(entry);
      out.closeArchiveEntry();
      return this;
    }

    Tar symlink(String name, String target) throws IOException {
      return link(name, target, TarConstants.LF_SYMLINK);
    }

    byte[] done() throws IOException {
      out.close();
      return bytes.toByteArray();
    }
  }

  private LayerUnpacker.Result unpack(byte[] tar) throws IOException {
    return new LayerUnpacker(root("out"), 1 << 20, done -> {})
        .unpack(new ByteArrayInputStream(tar));
  }

  private Path root(String name) throws IOException {
    return Files.createDirectories(directory.resolve(name));
  }

  private Path out(String name) {
    return directory.resolve("out").resolve(name);
  }

  @Test
  void keepsModesOwnersTimesAndLinks() throws IOException {
    byte[] tar =
        new Tar()
            .directory("d", 01777)
            .file("d/f", "text", 04755, 33)
            .link("d/hard", "d/f", TarConstants.LF_LINK)
            .symlink("soft", "/d/f")
            .done();
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(tar);
    }
    LayerUnpacker.Result result = unpack(packed.toByteArray());
    assertThat(result.diffId()).isEqualTo(dev.mokha.engine.content.Digest.of(tar));
    assertThat(Files.getAttribute(out("d/f"), "unix:mode")).isEqualTo(0104755);
    assertThat(Files.getAttribute(out("d/f"), "unix:uid")).isEqualTo(33);
    assertThat(Files.getAttribute(out("d/f"), "unix:nlink")).isEqualTo(2);
    assertThat(Files.getAttribute(out("d"), "unix:mode")).isEqualTo(041777);
    assertThat(Files.getLastModifiedTime(out("d")).toMillis()).isEqualTo(1_000_000_000_000L);
    assertThat(Files.readSymbolicLink(out("soft"))).hasToString("/d/f");
  }

  @Test
  void turnsWhiteoutsIntoOverlayForm() throws IOException {
    unpack(
        new Tar()
            .file("a/.wh.gone", "")
            .directory("b", 0755)
            .file("b/.wh..wh..opq", "")
            .file("b/new", "x")
            .file("c/kept", "x")
            .file("c/.wh.kept", "")
            .done());
    assertThat(Files.getAttribute(out("a/gone"), "unix:rdev")).isEqualTo(0L);
    assertThat(Xattrs.get(out("b"), "trusted.overlay.opaque"))
        .hasValueSatisfying(value -> assertThat(value).asString().isEqualTo("y"));
    assertThat(out("c/kept")).as("a whiteout speaks of lower layers").hasContent("x");
  }

  @Test
  void anOverlayOfLayersShowsTheLastWord() throws Exception {
    Layers layers = new Layers(root("store"));
    byte[] lower =
        new Tar()
            .directory("etc", 0711)
            .file("etc/old", "1")
            .file("etc/both", "1")
            .directory("tree", 0755)
            .file("tree/a", "1")
            .done();
    byte[] upper =
        new Tar()
            .file("etc/.wh.old", "")
            .file("etc/both", "2")
            .file("tree/.wh..wh..opq", "")
            .file("tree/b", "2")
            .link("borrowed", "etc/both", TarConstants.LF_LINK)
            .link("far", "tree/a", TarConstants.LF_LINK)
            .done();
    List<String> diffIds =
        List.of(
            dev.mokha.engine.content.Digest.of(lower).toString(),
            dev.mokha.engine.content.Digest.of(upper).toString());
    try (Leases.Lease lease = new Leases().take()) {
      layers.unpack(
          List.of(
              new Layers.Source(diffIds.get(0), () -> new ByteArrayInputStream(lower), n -> {}),
              new Layers.Source(diffIds.get(1), () -> new ByteArrayInputStream(upper), n -> {})),
          lease);
    }
    List<String> chain = Snapshots.chainIds(diffIds);
    Path mounted = root("mounted");
    Overlay.mount(
        List.of(layers.directory(chain.get(1)), layers.directory(chain.get(0))),
        null,
        null,
        mounted,
        List.of());
    try {
      assertThat(mounted.resolve("etc/old")).doesNotExist();
      assertThat(mounted.resolve("etc/both")).hasContent("2");
      assertThat(mounted.resolve("tree/a")).doesNotExist();
      assertThat(mounted.resolve("tree/b")).hasContent("2");
      assertThat(mounted.resolve("borrowed")).hasContent("2");
      assertThat(mounted.resolve("far")).as("a link to a file below").hasContent("1");
      assertThat(Files.getAttribute(mounted.resolve("etc"), "unix:mode"))
          .as("a directory the upper tar does not name keeps its mode")
          .isEqualTo(040711);
    } finally {
      Mounts.unmount(mounted);
    }
  }

  @Test
  void refusesNamesThatLeadOut() {
    for (String name : List.of("../evil", "a/../../evil", "..", "./../evil")) {
      assertThatThrownBy(() -> unpack(new Tar().file(name, "x").done()))
          .as(name)
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("leads out");
    }
    assertThatThrownBy(
            () -> unpack(new Tar().link("l", "../../etc/passwd", TarConstants.LF_LINK).done()))
        .hasMessageContaining("leads out");
  }

  @Test
  void followsLinksOnlyInsideTheRoot() throws IOException {
    Path outside = root("outside");
    unpack(
        new Tar()
            .symlink("abs", outside.toString())
            .file("abs/evil", "x")
            .symlink("rel", "../../../../../.." + outside)
            .file("rel/evil2", "x")
            .symlink("file", outside.resolve("target").toString())
            .file("file", "replaced")
            .file("/absolute", "x")
            .done());
    try (var entries = Files.list(outside)) {
      assertThat(entries).isEmpty();
    }
    assertThat(Files.isRegularFile(out("file"), LinkOption.NOFOLLOW_LINKS)).isTrue();
    assertThat(out("absolute")).exists();
  }

  @Test
  void refusesMoreThanFits() {
    assertThatThrownBy(() -> unpack(new Tar().file("big", "x".repeat(2 << 20)).done()))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(EngineException.Code.NO_SPACE));
  }

  @Test
  void anImageCannotSpeakToOverlayfs() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes)) {
      TarArchiveEntry entry = new TarArchiveEntry("d/", TarConstants.LF_DIR);
      entry.addPaxHeader("SCHILY.xattr.trusted.overlay.redirect", "/etc");
      entry.addPaxHeader("SCHILY.xattr.user.mine", "1");
      out.putArchiveEntry(entry);
      out.closeArchiveEntry();
    }
    unpack(bytes.toByteArray());
    assertThat(Xattrs.list(out("d"))).containsExactly("user.mine");
  }

  @Test
  void aLayerOfAnotherDigestIsRefusedAndNothingStays() throws IOException {
    Layers layers = new Layers(root("store"));
    byte[] tar = new Tar().file("a", "x").done();
    String claimed = dev.mokha.engine.content.Digest.of("other").toString();
    try (Leases.Lease lease = new Leases().take()) {
      assertThatThrownBy(
              () ->
                  layers.unpack(
                      List.of(
                          new Layers.Source(claimed, () -> new ByteArrayInputStream(tar), n -> {})),
                      lease))
          .hasMessageContaining("not " + claimed);
    }
    assertThat(layers.contains(claimed)).isFalse();
  }
}
