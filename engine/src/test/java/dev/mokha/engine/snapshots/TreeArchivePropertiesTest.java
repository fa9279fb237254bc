package dev.mokha.engine.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.TestEngine;
import dev.mokha.engine.content.Leases;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Nodes;
import dev.mokha.linux.Xattrs;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Any tree is written as a tar that unpacks to the same tree and is written as the same tar. */
class TreeArchivePropertiesTest {
  private static final String[] NAMES = {
    "a", "b c", "ünïcode", "n".repeat(101), "d".repeat(200), "x.y", "-", "ä".repeat(60)
  };

  @Property(tries = 12)
  void roundTrip(@ForAll long seed) throws IOException {
    TestEngine.assumeRoot();
    Random random = new Random(seed);
    Path home = Files.createTempDirectory("tree");
    try {
      Path tree = Files.createDirectories(home.resolve("tree"));
      fill(tree, random, 0);
      byte[] written = archive(tree);
      assertThat(TreeArchive.measure(tree)).isEqualTo(written.length);
      Layers layers = new Snapshots(home.resolve("snapshots")).layers();
      try (Leases.Lease lease = new Leases().take()) {
        Layers.Made made = layers.adopt(new ByteArrayInputStream(written), List.of(), lease);
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        assertThat(layers.archive(made.chainId(), again)).isEqualTo(made.diffId());
        assertThat(again.toByteArray()).isEqualTo(written);
      }
    } finally {
      DurableFiles.delete(home);
    }
  }

  private static byte[] archive(Path tree) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TreeArchive archive = new TreeArchive(bytes, TreeArchive.Form.LAYER);
    archive.addContents(tree, "");
    archive.finish();
    return bytes.toByteArray();
  }

  private static void fill(Path directory, Random random, int depth) throws IOException {
    Path first = null;
    for (String name : NAMES) {
      Path path = directory.resolve(name);
      switch (random.nextInt(depth > 3 ? 8 : 10)) {
        case 0 -> Files.createSymbolicLink(path, Path.of("l".repeat(1 + random.nextInt(150))));
        case 1 -> Nodes.fifo(path, random.nextInt(010000));
        case 2 -> Nodes.device(path, Nodes.CHARACTER, 0, 0, 0); // a whiteout
        case 3 -> Nodes.device(path, Nodes.BLOCK, random.nextInt(4096), random.nextInt(1 << 20), 0);
        case 4 -> {
          if (first != null) {
            Files.createLink(path, first);
          }
        }
        case 5, 6 -> {
          byte[] content = new byte[random.nextInt(2000)];
          random.nextBytes(content);
          Files.write(path, content);
          Nodes.owner(path, random.nextInt(1 << 30), random.nextInt(70_000));
          Nodes.mode(path, random.nextInt(010000));
          if (random.nextBoolean()) {
            Xattrs.set(path, "user.k" + random.nextInt(9), text(random));
          }
          Nodes.times(path, random.nextInt() * (random.nextBoolean() ? 1L : 5L), 0);
          first = path;
        }
        case 8, 9 -> {
          Files.createDirectory(path);
          fill(path, random, depth + 1);
          if (random.nextInt(3) == 0) {
            Xattrs.set(path, "trusted.overlay.opaque", "y".getBytes(StandardCharsets.US_ASCII));
          }
          Nodes.mode(path, random.nextInt(010000));
          Nodes.times(path, random.nextInt(1 << 30), 0);
        }
        default -> {}
      }
    }
  }

  private static byte[] text(Random random) {
    return ("v" + random.nextInt()).getBytes(StandardCharsets.US_ASCII);
  }
}
