package dev.mokha.node.lifecycle;

import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Nodes;
import dev.mokha.node.pod.BoundPod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where pods' files are.
 *
 * <pre>
 * DATA/pods/format               the layout's number
 * DATA/pods/UID/volumes/NAME     emptyDir
 * DATA/pods/UID/sandbox          how many sandboxes the pod has had
 * DATA/pods/UID/containers/NAME/ATTEMPT.termination
 * DATA/pods/UID/etc/{hosts,hostname,resolv.conf}
 * RUN/pods/UID/sandbox           the sandbox that is there now
 * RUN/pods/UID/volumes/NAME      configMap, secret, downwardAPI, projected
 * LOGS/NAMESPACE_NAME_UID/CONTAINER/ATTEMPT.log
 * </pre>
 */
public final class PodDirectories {
  private static final String FORMAT = "1";

  private final Path data;
  private final Path run;
  private final Path logs;

  /**
   * Directories, made when missing.
   *
   * @throws IllegalStateException when they were written by a newer program
   */
  public PodDirectories(Path dataDir, Path runDir, Path logDir) {
    try {
      this.data = Files.createDirectories(dataDir.resolve("pods")).toRealPath();
      this.run = Files.createDirectories(runDir.resolve("pods")).toRealPath();
      this.logs = Files.createDirectories(logDir).toRealPath();
      Nodes.mode(data, 0700);
      Nodes.mode(run, 0700);
      Path format = data.resolve("format");
      if (!Files.exists(format)) {
        Files.writeString(format, FORMAT);
      } else if (!Files.readString(format).strip().equals(FORMAT)) {
        throw new IllegalStateException(
            "%s has format %s, this program knows %s; start the program that wrote it, or a newer one"
                .formatted(data, Files.readString(format).strip(), FORMAT));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't make the pods' directories: " + e.getMessage(), e);
    }
  }

  Path volumes(String uid) {
    return data.resolve(uid).resolve("volumes");
  }

  Path memoryVolumes(String uid) {
    return run.resolve(uid).resolve("volumes");
  }

  Path sharedMemory(String uid) {
    return run.resolve(uid).resolve("shm");
  }

  Path etc(String uid, String file) {
    return data.resolve(uid).resolve("etc").resolve(file);
  }

  Path termination(String uid, String container, int attempt) {
    return data.resolve(uid)
        .resolve("containers")
        .resolve(container)
        .resolve(attempt + ".termination");
  }

  Path holderRoot() {
    return data.resolveSibling("holder");
  }

  /** The log of a run. */
  public Path log(BoundPod pod, String container, int attempt) {
    return logs(pod).resolve(container).resolve(attempt + ".log");
  }

  private Path logs(BoundPod pod) {
    return logs.resolve(pod.namespace() + "_" + pod.name() + "_" + pod.uid());
  }

  /** The number of the sandbox that is there; 0 for none. */
  int presentSandbox(String uid) {
    return number(run.resolve(uid).resolve("sandbox"));
  }

  /** Counts one more sandbox; its number. */
  int nextSandbox(String uid) {
    int next = number(data.resolve(uid).resolve("sandbox")) + 1;
    write(data.resolve(uid).resolve("sandbox"), Integer.toString(next));
    return next;
  }

  void sandboxIsThere(String uid, int number) {
    write(run.resolve(uid).resolve("sandbox"), Integer.toString(number));
  }

  void sandboxIsGone(String uid) {
    try {
      Files.deleteIfExists(run.resolve(uid).resolve("sandbox"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int number(Path file) {
    try {
      return Integer.parseInt(Files.readString(file).strip());
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException("Can't read " + file, e);
    } catch (NumberFormatException e) {
      // Cut off in the middle of a write: as if it were not there.
      return 0;
    }
  }

  static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't write " + file, e);
    }
  }

  /** The uids that have a directory. */
  List<String> uids() {
    List<String> uids = new ArrayList<>();
    for (Path top : List.of(data, run)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(top, Files::isDirectory)) {
        for (Path entry : entries) {
          String uid = entry.getFileName().toString();
          if (!uids.contains(uid)) {
            uids.add(uid);
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Can't read " + top, e);
      }
    }
    return uids;
  }

  /** Deletes a pod's directories and logs; nothing may be mounted in them any more. */
  void delete(String uid) {
    deleteTree(run.resolve(uid));
    deleteTree(data.resolve(uid));
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(logs, "*_" + uid)) {
      for (Path entry : entries) {
        deleteTree(entry);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't read " + logs, e);
    }
  }

  private static void deleteTree(Path tree) {
    try {
      DurableFiles.delete(tree);
    } catch (IOException e) {
      throw new UncheckedIOException("Can't delete " + tree, e);
    }
  }
}
