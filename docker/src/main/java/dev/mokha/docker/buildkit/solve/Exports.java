package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.build.BuildAccess;
import dev.mokha.docker.buildkit.session.SessionOutput;
import dev.mokha.docker.buildkit.wire.Failure;
import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.docker.http.Request;
import dev.mokha.engine.build.Builder;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.Reference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a client wants a result to become: an image ({@code moby}, {@code image}), an archive of one
 * ({@code docker}, {@code oci}), or files ({@code local}, {@code tar}).
 */
final class Exports {
  private static final int TYPE = 1;
  private static final int ATTRIBUTES = 2;

  private final Images images;
  private final BuildAccess access;

  Exports(Images images, BuildAccess access) {
    this.images = images;
    this.access = access;
  }

  /**
   * One of them.
   *
   * @param index its place in the client's list, by which the client knows where it goes
   */
  record Export(int index, String type, Map<String, String> attributes) {
    private static final Set<String> OF_IMAGES = Set.of("moby", "image", "docker", "oci");
    private static final Set<String> OF_FILES = Set.of("local", "tar");

    List<String> names() {
      List<String> names = new ArrayList<>();
      for (String name : attributes.getOrDefault("name", "").split(",", -1)) {
        if (!name.isEmpty()) {
          names.add(name);
        }
      }
      return names;
    }
  }

  /**
   * What a request asks for.
   *
   * @param exporters messages of {@code moby.buildkit.v1.Exporter}
   * @throws Failure when there is no such exporter
   */
  static List<Export> of(List<Message> exporters) {
    List<Export> exports = new ArrayList<>();
    for (Message exporter : exporters) {
      String type = exporter.text(TYPE);
      if (!Export.OF_IMAGES.contains(type) && !Export.OF_FILES.contains(type)) {
        throw new Failure(
            Failure.Code.INVALID_ARGUMENT, "exporter \"" + type + "\" could not be found");
      }
      exports.add(new Export(exports.size(), type, exporter.map(ATTRIBUTES)));
    }
    return exports;
  }

  /** Goes on only if the caller may give the names that are asked for. */
  void check(List<Export> exports, Request request) {
    for (Export export : exports) {
      for (String name : export.names()) {
        access.requireName(request, name);
        if (Reference.parse(name).digest().isPresent()) {
          throw new Failure(
              Failure.Code.INVALID_ARGUMENT, "refusing to create a tag with a digest reference");
        }
      }
    }
  }

  /**
   * Makes them.
   *
   * @return what the client is told of them
   */
  Map<String, String> run(List<Export> exports, Builder.Result result, Solve solve)
      throws IOException, InterruptedException {
    Map<String, String> told = new LinkedHashMap<>();
    for (Export export : exports) {
      Vertices.Vertex vertex =
          solve
              .vertices()
              .begin(
                  switch (export.type()) {
                    case "local" -> "exporting to client directory";
                    case "tar" -> "exporting to client tarball";
                    case "docker" -> "exporting to docker image format";
                    case "oci" -> "exporting to oci image format";
                    default -> "exporting to image";
                  });
      try {
        run(export, result, solve, vertex, told);
        vertex.end();
      } catch (IOException | RuntimeException e) {
        vertex.end(String.valueOf(e.getMessage()));
        throw e;
      }
    }
    return told;
  }

  private void run(
      Export export,
      Builder.Result result,
      Solve solve,
      Vertices.Vertex vertex,
      Map<String, String> told)
      throws IOException, InterruptedException {
    if (export.type().equals("local")) {
      new SessionOutput(solve.session()).tree(export.index(), result.files());
      vertex.did("copying files");
      return;
    }
    if (export.type().equals("tar")) {
      new SessionOutput(solve.session())
          .file(export.index(), out -> images.exportRoot(result.root(), out));
      vertex.did("sending tarball");
      return;
    }
    Image image = result.register(export.names());
    vertex.did("exporting layers");
    vertex.did("writing image " + image.id());
    List<String> complete =
        export.names().stream().map(name -> Reference.parse(name).tagged()).toList();
    complete.forEach(name -> vertex.did("naming to " + name));
    told.put("containerimage.config.digest", image.id());
    told.put("containerimage.digest", image.id());
    if (!complete.isEmpty()) {
      told.put("image.name", String.join(",", complete));
    }
    if (export.type().equals("docker") || export.type().equals("oci")) {
      List<String> saved = complete.isEmpty() ? List.of(image.id()) : complete;
      new SessionOutput(solve.session()).file(export.index(), out -> images.save(saved, out));
      vertex.did("sending tarball");
    }
  }
}
