package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Ingest;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.content.MediaTypes;
import dev.mokha.linux.DurableFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Makes images of Debian packages. mmdebstrap fetches them with apt, which verifies signatures, and
 * unpacks them and what they depend on, with nothing else and without running their scripts; {@link
 * ComposedLayer} makes the layer of that.
 */
final class ImageComposer {
  private static final Pattern PACKAGE =
      Pattern.compile("[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=\\S+)?");
  private static final Pattern SUITE = Pattern.compile("[a-z0-9][a-z0-9./-]*");
  private static final int LINES_KEPT = 12;

  private final ContentStore content;
  private final Path scratch;

  ImageComposer(ContentStore content, Path scratch) {
    this.content = content;
    this.scratch = scratch;
  }

  /** Makes the image's blobs; the descriptor of its manifest. */
  Descriptor compose(ComposeSpec spec, Leases.Lease lease, Progress progress) throws IOException {
    check(spec);
    Path directory = Files.createTempDirectory(scratch, "compose-");
    try {
      Path tar = directory.resolve("root.tar");
      fetch(spec, tar, progress);
      progress.update(spec.reference(), "Packing", 0, -1);
      ComposedLayer layer = new ComposedLayer(spec.files());
      Digest blob;
      long size;
      MessageDigest plain = Digest.newHash("sha256");
      try (Ingest ingest = content.ingest()) {
        try (OutputStream gzip = new LayerGzip(ingest);
            OutputStream out = new DigestOutputStream(gzip, plain)) {
          layer.write(tar, out);
        }
        size = ingest.offset();
        blob = ingest.commit(-1);
      }
      lease.add(blob);
      String diffId = Digest.finish("sha256", plain.digest()).toString();
      byte[] config =
          ImageConfigs.write(
              spec.config(),
              Manifest.architecture(),
              layer.newest(),
              List.of(diffId),
              "mokha image compose --packages " + String.join(",", spec.packages()));
      return manifest(config, Descriptor.of(MediaTypes.OCI_LAYER_GZIP, blob, size), lease);
    } finally {
      DurableFiles.delete(directory);
    }
  }

  private Descriptor manifest(byte[] config, Descriptor layer, Leases.Lease lease)
      throws IOException {
    lease.add(Digest.of(config));
    Digest configDigest = content.write(config);
    byte[] bytes = Manifest.write(configDigest, config.length, List.of(layer));
    lease.add(Digest.of(bytes));
    return Descriptor.of(MediaTypes.OCI_MANIFEST, content.write(bytes), bytes.length);
  }

  private static void check(ComposeSpec spec) {
    for (String name : spec.packages()) {
      if (!PACKAGE.matcher(name).matches()) {
        throw new EngineException(
            EngineException.Code.INVALID, "\"" + name + "\" is not a package name");
      }
    }
    if (!spec.suite().isEmpty() && !SUITE.matcher(spec.suite()).matches()) {
      throw new EngineException(
          EngineException.Code.INVALID, "\"" + spec.suite() + "\" is not a Debian suite");
    }
    spec.files()
        .forEach(
            (inside, host) -> {
              if (!Files.exists(host)) {
                throw new EngineException(
                    EngineException.Code.INVALID, "There is no file " + host + " to copy");
              }
            });
  }

  private static String hostSuite() throws IOException {
    Path release = Path.of("/etc/os-release");
    if (Files.exists(release)) {
      for (String line : Files.readAllLines(release)) {
        if (line.startsWith("VERSION_CODENAME=")) {
          return line.substring("VERSION_CODENAME=".length()).replace("\"", "");
        }
      }
    }
    return "stable";
  }

  private static void fetch(ComposeSpec spec, Path tar, Progress progress) throws IOException {
    if (spec.packages().isEmpty()) {
      Files.write(tar, new byte[1024]); // an empty archive
      return;
    }
    String suite = spec.suite().isEmpty() ? hostSuite() : spec.suite();
    List<String> words =
        new ArrayList<>(
            List.of(
                "mmdebstrap",
                "--mode=root",
                "--variant=extract",
                "--aptopt=APT::Install-Recommends \"false\"",
                "--include=" + String.join(",", spec.packages()),
                suite,
                tar.toString()));
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL,
          "mmdebstrap can't be run; install it: apt-get install mmdebstrap",
          e);
    }
    List<String> last = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      long step = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String text = line.strip();
        if (text.startsWith("I: ")) {
          progress.update(spec.reference(), capital(text.substring(3)), ++step, -1);
        }
        if (text.startsWith("E: ") || text.startsWith("W: ") || text.startsWith("Err")) {
          last.add(text);
        }
        if (last.size() > LINES_KEPT) {
          last.removeFirst();
        }
      }
      int code = process.waitFor();
      if (code != 0) {
        throw new EngineException(
            EngineException.Code.UNAVAILABLE,
            "The packages "
                + String.join(", ", spec.packages())
                + " of Debian "
                + suite
                + " could not be fetched: "
                + String.join("; ", last));
      }
    } catch (InterruptedException e) {
      process.destroy(); // on SIGTERM it cleans up after itself
      Thread.currentThread().interrupt();
      throw new EngineException(EngineException.Code.INTERNAL, "Composing was interrupted", e);
    }
  }

  private static String capital(String text) {
    return text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
