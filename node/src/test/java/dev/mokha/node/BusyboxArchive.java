package dev.mokha.node;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** A small image in the form of {@code docker save}, made of the host's static busybox. */
final class BusyboxArchive {
  static final String IMAGE = "example.test/busybox:1";

  private static final Path BUSYBOX = Path.of("/usr/bin/busybox");
  private static final List<String> APPLETS =
      List.of(
          "sh",
          "cat",
          "echo",
          "sleep",
          "ls",
          "env",
          "hostname",
          "wget",
          "nc",
          "httpd",
          "touch",
          "true",
          "false",
          "id",
          "test",
          "stat",
          "ps",
          "kill",
          "mkdir",
          "readlink",
          "head",
          "yes");

  private BusyboxArchive() {}

  static void write(Path archive) throws IOException {
    assumeTrue(Files.exists(BUSYBOX), "the test image needs busybox: install busybox-static");
    byte[] layer = layer();
    String digest = sha256(layer);
    byte[] config =
        """
        {"architecture":"%s","os":"linux",
         "config":{"Env":["PATH=/bin"],"Cmd":["sh"]},
         "rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}
        """
            .formatted(System.getProperty("os.arch"), digest)
            .getBytes(StandardCharsets.UTF_8);
    String manifest =
        """
        [{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]
        """
            .formatted(IMAGE);
    try (OutputStream file = Files.newOutputStream(archive);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(file)) {
      add(tar, "layer.tar", layer, 0644);
      add(tar, "config.json", config, 0644);
      add(tar, "manifest.json", manifest.getBytes(StandardCharsets.UTF_8), 0644);
    }
  }

  private static byte[] layer() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (String directory : List.of("bin/", "etc/", "tmp/")) {
        TarArchiveEntry entry = new TarArchiveEntry(directory);
        entry.setMode(directory.equals("tmp/") ? 01777 : 0755);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
      }
      add(tar, "bin/busybox", Files.readAllBytes(BUSYBOX), 0755);
      add(tar, "etc/passwd", "root:x:0:0:root:/:/bin/sh\n".getBytes(StandardCharsets.UTF_8), 0644);
      for (String applet : APPLETS) {
        TarArchiveEntry link = new TarArchiveEntry("bin/" + applet, TarConstants.LF_SYMLINK);
        link.setLinkName("busybox");
        tar.putArchiveEntry(link);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static void add(TarArchiveOutputStream tar, String name, byte[] content, int mode)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    entry.setMode(mode);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
