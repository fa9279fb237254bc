package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.engine.containers.UserMapping;
import dev.mokha.engine.snapshots.Decompression;
import dev.mokha.linux.Errno;
import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.OpenDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** {@code /containers/ID/archive}: files in and out, what {@code docker cp} does. */
public final class ArchiveRoutes {
  private static final String STAT = "X-Docker-Container-Path-Stat";

  private final DockerContainers containers;
  private final ContainerActions actions;
  private final ContainerTree trees;

  /** Over containers. */
  public ArchiveRoutes(DockerContainers containers) {
    this.containers = containers;
    this.actions = new ContainerActions(containers);
    this.trees = new ContainerTree(containers.engine().volumes());
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.head("/containers/{id}/archive", this::stat).as(actions.on("copy")),
        Route.get("/containers/{id}/archive", this::read).as(actions.on("copy")),
        Route.put("/containers/{id}/archive", this::write).as(actions.on("copy")));
  }

  private static String path(Request request) {
    String path = request.query("path");
    if (path.isEmpty()) {
      throw DockerException.invalid("bad parameter: pathcannot be empty");
    }
    return path.startsWith("/") ? path : "/" + path;
  }

  /** A place in a tree: its directory, its name there; the root has no name. */
  private record Place(OpenDirectory parent, String name, boolean insides)
      implements AutoCloseable {
    @Override
    public void close() {
      parent.close();
    }
  }

  private static Place place(OpenDirectory root, String path, String reference) {
    boolean insides = path.endsWith("/.") || path.endsWith("/");
    Path clean = Path.of(path).normalize();
    if (clean.getFileName() == null) {
      return new Place(OpenDirectory.of(root.find("/").orElseThrow()), "", true);
    }
    FileDescriptor parent =
        root.find(clean.getParent().toString())
            .orElseThrow(() -> ContainerTree.notThere(path, reference));
    return new Place(OpenDirectory.of(parent), clean.getFileName().toString(), insides);
  }

  private void stat(Request request, Response response) throws IOException {
    String path = path(request);
    DockerContainer container = ContainerActions.target(request);
    trees.in(
        container,
        root -> {
          try (Place place = place(root, path, request.path("id"))) {
            // dockerd hands the slash to the kernel, for which a file's name has none.
            if (path.endsWith("/")
                && !place.name().isEmpty()
                && !facts(place, path, request.path("id")).isDirectory()
                && !facts(place, path, request.path("id")).isLink()) {
              throw ContainerTree.notThere(path, request.path("id"));
            }
            response.header(STAT, header(root, place, path, request.path("id")));
          }
          return null;
        });
    response.status(200);
  }

  private static String header(OpenDirectory root, Place place, String path, String reference)
      throws IOException {
    FileFacts facts = facts(place, path, reference);
    String target = "";
    if (facts.isLink()) {
      Path named = Files.readSymbolicLink(place.parent().entry(place.name()));
      target = Path.of(path).normalize().getParent().resolve(named).normalize().toString();
    }
    return Base64.getEncoder()
        .encodeToString(
            Json.MAPPER.writeValueAsBytes(
                facts.stat(place.name().isEmpty() ? "/" : place.name(), target)));
  }

  private static FileFacts facts(Place place, String path, String reference) throws IOException {
    try {
      return place.name().isEmpty()
          ? FileFacts.of(place.parent().path(), true)
          : FileFacts.of(place.parent().entry(place.name()), false);
    } catch (java.nio.file.NoSuchFileException e) {
      throw ContainerTree.notThere(path, reference);
    }
  }

  private void read(Request request, Response response) throws IOException {
    String path = path(request);
    String reference = request.path("id");
    DockerContainer container = ContainerActions.target(request);
    UserMapping users = trees.users(container);
    trees.in(
        container,
        root -> {
          try (Place place = place(root, path, reference)) {
            FileFacts facts = facts(place, path, reference);
            if (path.endsWith("/")
                && !place.name().isEmpty()
                && !facts.isDirectory()
                && !facts.isLink()) {
              throw new DockerException(500, "lstat " + path + ": not a directory");
            }
            response.header(STAT, header(root, place, path, reference));
            OutputStream out = response.stream("application/x-tar");
            try (TreePacker packer = new TreePacker(out, users)) {
              pack(root, place, path, facts, packer);
            }
            out.close();
          }
          return null;
        });
    containers.publish(container, "archive-path", Map.of());
  }

  private static void pack(
      OpenDirectory root, Place place, String path, FileFacts facts, TreePacker packer)
      throws IOException {
    if (place.name().isEmpty()) {
      packer.packDirectory(place.parent(), ".", 0);
    } else if (path.endsWith("/.") && (facts.isDirectory() || facts.isLink())) {
      FileDescriptor found = root.find(path).orElseThrow();
      try (OpenDirectory directory = OpenDirectory.of(found)) {
        packer.packDirectory(directory, ".", 0);
      }
    } else {
      packer.pack(place.parent(), place.name(), place.name());
    }
  }

  private void write(Request request, Response response) throws IOException {
    String path = path(request);
    String reference = request.path("id");
    DockerContainer container = ContainerActions.target(request);
    boolean keepKinds = request.bool("noOverwriteDirNonDir");
    boolean readOnly =
        Json.flag(container.hostConfig(), "ReadonlyRootfs") && !onWritableMount(container, path);
    if (readOnly) {
      throw new DockerException(403, "container rootfs is marked read-only");
    }
    UserMapping users = trees.users(container);
    long[] owner = request.bool("copyUIDGID") ? owner(container) : null;
    try {
      trees.in(
          container,
          root -> {
            try (FileDescriptor target = root.find(path).orElse(null)) {
              if (target == null) {
                throw ContainerTree.notThere(path, reference);
              }
              if (!FileFacts.of(OpenDirectory.path(target), true).isDirectory()) {
                throw DockerException.invalid("extraction point is not a directory");
              }
            }
            InputStream tar = Decompression.plain(request.body());
            new TreeUnpacker(root, path, keepKinds, owner, users).unpack(tar);
            return null;
          });
    } catch (LinuxException e) {
      if (e.errno() == Errno.EROFS) {
        throw readOnly(e);
      }
      throw new IOException(e.getMessage(), e); // an archive that does not fit into the tree
    } catch (FileSystemException e) {
      if (String.valueOf(e.getReason()).contains("Read-only")) {
        throw readOnly(e);
      }
      throw e;
    }
    containers.publish(container, "extract-to-dir", Map.of());
    response.status(200);
  }

  private static DockerException readOnly(Exception e) {
    return new DockerException(403, "mounted volume is marked read-only", e);
  }

  private static boolean onWritableMount(DockerContainer container, String path) {
    return container.record().mounts().stream()
        .anyMatch(
            mount -> mount.writable() && Path.of(path).normalize().startsWith(mount.destination()));
  }

  /** User and group of the container; only numbers need no look into its /etc/passwd. */
  private long[] owner(DockerContainer container) throws IOException {
    String user = Json.text(container.record().config(), "User");
    if (user.isEmpty()) {
      return null;
    }
    return trees.in(container, root -> UserNames.resolve(user, root));
  }

  /** The content of a small file of a tree. */
  static List<String> lines(OpenDirectory root, String path) throws IOException {
    try (FileDescriptor found = root.find(path).orElse(null)) {
      return found == null
          ? List.of()
          : Files.readAllLines(OpenDirectory.path(found), StandardCharsets.UTF_8);
    }
  }
}
