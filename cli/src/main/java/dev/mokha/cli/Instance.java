package dev.mokha.cli;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.zip.CRC32;

/**
 * One Mokha on this machine: everything it owns is named after it or lies below its two
 * directories, so that several live side by side.
 *
 * @param name {@code mokha} for the usual data directory, else derived from its path; at most 8
 *     characters, since link names hold 15
 * @param dataDir what survives a reboot
 * @param runDir what does not
 */
public record Instance(String name, Path dataDir, Path runDir) {
  /** Where an instance keeps its data unless told otherwise. */
  public static final Path DEFAULT_DATA_DIR = Path.of("/var/lib/mokha");

  private static final Path RUN = Path.of("/run/mokha");
  private static final String FORMAT_FILE = "format";
  private static final String FORMAT = "1";

  /** Refuses nulls. */
  public Instance {
    requireNonNull(name, "name");
    requireNonNull(dataDir, "dataDir");
    requireNonNull(runDir, "runDir");
  }

  /** The instance of a data directory. */
  public static Instance of(Path dataDir) {
    Path path = dataDir.toAbsolutePath().normalize();
    if (path.equals(DEFAULT_DATA_DIR)) {
      return new Instance("mokha", path, RUN.resolve("mokha"));
    }
    CRC32 crc = new CRC32();
    crc.update(path.toString().getBytes(StandardCharsets.UTF_8));
    String name = "mk" + HexFormat.of().toHexDigits((int) crc.getValue()).substring(0, 6);
    return new Instance(name, path, RUN.resolve(name));
  }

  /** Makes the directories, private to root, and checks the data directory's format. */
  public void prepare() {
    try {
      createPrivate(dataDir);
      createPrivate(runDir);
      Files.createDirectories(logDir());
      Path format = dataDir.resolve(FORMAT_FILE);
      if (!Files.exists(format)) {
        Files.writeString(format, FORMAT + "\n");
      }
      String found = Files.readString(format).strip();
      if (!found.equals(FORMAT)) {
        throw new UserError(
            "the data in %s has format %s and this Mokha reads format %s; start the version that wrote it"
                .formatted(dataDir, found, FORMAT));
      }
    } catch (IOException e) {
      throw new UserError(
          "the directories %s and %s can't be made: %s".formatted(dataDir, runDir, e.getMessage()));
    }
  }

  private static void createPrivate(Path dir) throws IOException {
    Files.createDirectories(dir);
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-x--x"));
  }

  /** The kubeconfig context: {@code mokha}, or that and the name of a further instance. */
  public String contextName() {
    return name.equals("mokha") ? name : "mokha-" + name;
  }

  /** Settings of the last {@code up}. */
  public Path settingsFile() {
    return dataDir.resolve("settings.json");
  }

  /** The cluster administrator's kubeconfig. */
  public Path adminKubeconfig() {
    return dataDir.resolve("admin.kubeconfig");
  }

  /** The server's certificates and keys. */
  public Path pkiDir() {
    return dataDir.resolve("pki");
  }

  /** Where the daemons' logs go. */
  public Path logDir() {
    return dataDir.resolve("logs");
  }

  /** The log of a process. */
  public Path log(String process) {
    return logDir().resolve(process + ".log");
  }

  /** The control socket of a process. */
  public Path controlSocket(String process) {
    return runDir.resolve(process + ".sock");
  }

  /** A process's data directory. */
  public Path nodeDataDir(int node) {
    return node == 1 ? dataDir.resolve("node") : dataDir.resolve("node-" + node);
  }

  /** Where a node answers Docker's clients; any user may come there and is asked who he is. */
  public Path dockerSocket(int node) {
    return RUN.resolve(
        node == 1 && dataDir.equals(DEFAULT_DATA_DIR)
            ? "docker.sock"
            : "docker-" + nodeInstance(node) + ".sock");
  }

  /** A node's runtime directory. */
  public Path nodeRunDir(int node) {
    return node == 1 ? runDir.resolve("node") : runDir.resolve("node-" + node);
  }

  /** What a node's kernel objects are named after. */
  public String nodeInstance(int node) {
    return node == 1 ? name : name + node;
  }

  /** The process id in a pid file of the run directory, if that process lives; else 0. */
  public long livingPid(String file) {
    Path path = runDir.resolve(file);
    try {
      if (!Files.exists(path)) {
        return 0;
      }
      long pid = Long.parseLong(Files.readString(path).strip());
      return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent() ? pid : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NumberFormatException e) {
      return 0; // half-written: the process is only just starting
    }
  }
}
