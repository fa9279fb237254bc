package dev.mokha.docker.images;

import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.docker.http.JsonLines;
import dev.mokha.docker.http.Request;
import dev.mokha.docker.http.Response;
import dev.mokha.docker.http.Route;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.ImportSpec;
import dev.mokha.engine.images.Loaded;
import dev.mokha.engine.images.Progress;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.images.PullOptions.Credentials;
import dev.mokha.engine.images.Pulled;
import dev.mokha.engine.images.Pushed;
import dev.mokha.engine.images.Reference;
import dev.mokha.engine.snapshots.Decompression;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * What moves images between registries, archives and the engine: pull and import ({@code
 * /images/create}), push, load and save (Docker API 1.50).
 */
public final class TransferRoutes {
  private static final int TAR_BLOCK = 512;
  private static final String STANDARD_INPUT = "-";

  private final Images images;

  /** Over an engine's images. */
  public TransferRoutes(Images images) {
    this.images = images;
  }

  /** The table. */
  public List<Route> routes() {
    return List.of(
        Route.post("/images/create", this::create).as(TransferRoutes::creation),
        Route.post("/images/load", this::load).as("load", "images"),
        Route.get("/images/get", this::save).as("save", "images"),
        Route.get("/images/{name...}/get", this::save).as("save", "images"),
        Route.post("/images/{name...}/push", this::push).as("push", "images"));
  }

  private static Action creation(Request request) {
    String from = request.query("fromImage");
    return from.isEmpty()
        ? new Action("import", "images", "", "", request.query("repo"), Set.of())
        : new Action("pull", "images", "", from, from, Set.of());
  }

  private void create(Request request, Response response) throws IOException {
    try {
      if (request.query("fromImage").isEmpty()) {
        importRoot(request, response);
      } else {
        pull(request, response);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause(); // the client is gone
    }
  }

  // --- pull ---

  private void pull(Request request, Response response) throws IOException {
    String name = request.query("fromImage");
    String tag = request.query("tag");
    boolean digest = tag.indexOf(':') >= 0;
    String whole = tag.isEmpty() ? name : name + (digest ? "@" + tag : ":" + checkedTag(tag));
    Reference reference = ImageNames.parse(whole);
    List<Credentials> credentials = RegistryAuth.one(request.header("X-Registry-Auth"));
    boolean tagged = whole.indexOf('@') >= 0 || whole.lastIndexOf(':') > whole.lastIndexOf('/');
    JsonLines lines = response.lines(); // ended by the router, so that an early failure is told
    List<String> wanted = new ArrayList<>();
    if (tagged) {
      wanted.add(reference.toString());
    } else {
      // Docker's API: with no tag, all of them.
      guarded(name, () -> images.remoteTags(reference.name(), credentials))
          .forEach(one -> wanted.add(reference.name() + ":" + one));
    }
    boolean told = false;
    for (String one : wanted) {
      told = pullOne(one, credentials, request.query("platform"), lines, told);
    }
  }

  private static String checkedTag(String tag) {
    if (!ImageNames.isTag(tag)) {
      throw DockerException.invalid("invalid tag format");
    }
    return tag;
  }

  private boolean pullOne(
      String name, List<Credentials> credentials, String platform, JsonLines lines, boolean told)
      throws IOException {
    Reference reference = Reference.parse(name);
    ProgressLines progress =
        ProgressLines.ofPull(lines, reference.repository(), reference.wanted());
    String familiar = ImageNames.familiar(name);
    try {
      Pulled pulled =
          guarded(
              familiar, () -> images.fetch(name, new PullOptions(credentials, progress, platform)));
      progress.status("Digest: " + pulled.digest());
      progress.status(
          "Status: "
              + (pulled.newer() ? "Downloaded newer image for " : "Image is up to date for ")
              + familiar);
      return true;
    } catch (DockerException e) {
      if (!told && !progress.opened()) {
        throw e;
      }
      lines.fail(0, e.getMessage());
      return true;
    }
  }

  /** A fetch's failures in Docker's words. */
  private static <T> T guarded(String familiar, java.util.function.Supplier<T> work) {
    try {
      return work.get();
    } catch (EngineException e) {
      throw switch (e.code()) {
        case NOT_FOUND ->
            new DockerException(
                404,
                "manifest for " + familiar + " not found: manifest unknown: manifest unknown",
                e);
        case UNAUTHORIZED ->
            new DockerException(
                404,
                "pull access denied for "
                    + repository(familiar)
                    + ", repository does not exist or may require 'docker login': denied:"
                    + " requested access to the resource is denied",
                e);
        case INVALID -> new DockerException(400, e.getMessage(), e);
        case CONFLICT -> new DockerException(409, e.getMessage(), e);
        default -> new DockerException(500, e.getMessage(), e);
      };
    }
  }

  private static String repository(String familiar) {
    return ImageNames.familiar(Reference.parse(familiar).name());
  }

  // --- import ---

  private void importRoot(Request request, Response response) throws IOException {
    String source = request.query("fromSrc");
    String name =
        ImageNames.toGive(
            request.query("repo"), request.query("tag"), "cannot import digest reference");
    ObjectNode config = Json.object();
    ConfigChanges.apply(config, request.queries("changes"));
    String message = request.query("message");
    ImportSpec spec =
        new ImportSpec(
            name,
            message.isEmpty() ? "Imported from " + source : message,
            request.query("platform"),
            config);
    JsonLines lines = response.lines();
    Image image;
    if (source.equals(STANDARD_INPUT)) {
      image = images.importRoot(archive(request.body()), spec);
    } else {
      URI address = Downloads.address(source);
      lines.send(Json.object().put("status", "Downloading from " + address));
      try (InputStream in = Downloads.open(address)) {
        image = images.importRoot(in, spec);
      } catch (EngineException | DockerException e) {
        lines.fail(0, e.getMessage());
        return;
      }
    }
    lines.send(Json.object().put("status", image.id()));
  }

  /** What is shorter than one header of a tar is none, and no image is made of it. */
  private static InputStream archive(InputStream body) throws IOException {
    BufferedInputStream in = new BufferedInputStream(Decompression.plain(body));
    in.mark(TAR_BLOCK);
    int length = in.readNBytes(TAR_BLOCK).length;
    in.reset();
    if (length > 0 && length < TAR_BLOCK) {
      throw DockerException.invalid("unexpected EOF");
    }
    return in;
  }

  // --- push ---

  private void push(Request request, Response response) throws IOException {
    String tag = request.query("tag");
    String name = request.path("name");
    Reference reference = ImageNames.parse(name);
    if (!tag.isEmpty()) {
      reference = ImageNames.parse(reference.name() + ":" + checkedTag(tag));
    }
    List<Credentials> credentials = RegistryAuth.one(request.header("X-Registry-Auth"));
    boolean tagged =
        !tag.isEmpty() || name.lastIndexOf(':') > name.lastIndexOf('/') || name.indexOf('@') >= 0;
    List<String> names = tagged ? List.of(reference.toString()) : images.tagsOf(reference.name());
    JsonLines lines = response.lines();
    ProgressLines progress = ProgressLines.ofPush(lines, reference.name());
    try {
      progress.open();
      pushAll(names, reference, new PullOptions(credentials, progress), progress);
    } catch (DockerException | EngineException e) {
      lines.fail(0, e.getMessage());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void pushAll(
      List<String> names, Reference repository, PullOptions options, ProgressLines progress) {
    List<String> present = images.tagsOf(repository.name());
    if (present.isEmpty()) {
      throw DockerException.notFound(
          "An image does not exist locally with the tag: "
              + ImageNames.familiar(repository.name()));
    }
    for (String one : names) {
      if (!present.contains(one)) {
        throw DockerException.notFound("tag does not exist: " + ImageNames.familiar(one));
      }
      Pushed pushed = images.push(one, options);
      String tag = Reference.parse(one).tag();
      progress.status(tag + ": digest: " + pushed.digest() + " size: " + pushed.size());
      ObjectNode line = Json.object();
      line.putObject("progressDetail");
      line.putObject("aux")
          .put("Tag", tag)
          .put("Digest", pushed.digest())
          .put("Size", pushed.size());
      progress.send(line);
    }
  }

  // --- archives ---

  private void load(Request request, Response response) throws IOException {
    try (JsonLines lines = response.lines()) {
      Progress progress = request.bool("quiet") ? Progress.NONE : ProgressLines.ofLoad(lines);
      List<Loaded> loaded;
      try {
        loaded = images.load(request.body(), progress);
      } catch (EngineException e) {
        lines.fail(0, e.getMessage());
        return;
      }
      for (Loaded one : loaded) {
        for (Map.Entry<String, String> renamed : one.renamed().entrySet()) {
          say(
              lines,
              "The image "
                  + ImageNames.familiar(renamed.getKey())
                  + " already exists, renaming the old one with ID "
                  + renamed.getValue()
                  + " to empty string");
        }
        for (String reference : one.references()) {
          say(lines, "Loaded image: " + ImageNames.familiar(reference));
        }
        if (one.references().isEmpty()) {
          say(lines, "Loaded image ID: " + one.image().id());
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void say(JsonLines lines, String text) throws IOException {
    lines.send(Json.object().put("stream", text + "\n"));
  }

  private void save(Request request, Response response) throws IOException {
    List<String> names =
        request.path().endsWith("/images/get")
            ? request.queries("names").stream()
                .flatMap(n -> List.of(n.split(",")).stream())
                .toList()
            : List.of(request.path("name"));
    for (String name : names) {
      if (images.find(name).isEmpty() && images.tagsOf(ImageNames.parse(name).name()).isEmpty()) {
        throw DockerException.notFound("No such image: " + name);
      }
    }
    OutputStream out = response.stream("application/x-tar");
    images.save(names, out);
  }
}
