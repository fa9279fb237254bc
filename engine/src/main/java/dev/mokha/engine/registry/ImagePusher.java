package dev.mokha.engine.registry;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.images.Progress;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.images.Pushed;
import dev.mokha.engine.images.Reference;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sends images to their registries (distribution spec 1.1, section push): layers side by side, the
 * manifest last, so that a registry never shows an image that is not whole.
 */
public final class ImagePusher {
  private static final int TRIES = 3;

  private final Registries registries;
  private final ContentStore content;

  /**
   * What is pushed.
   *
   * @param manifest its manifest, which is in the store like all it names
   * @param titles what progress calls the layers, in the manifest's order
   * @param repositories of the same registry that may have the layers
   */
  public record Request(Descriptor manifest, List<String> titles, Set<String> repositories) {
    /** Copies the collections. */
    public Request {
      titles = List.copyOf(titles);
      repositories = Set.copyOf(repositories);
    }
  }

  /** One for an engine. */
  public ImagePusher(Registries registries, ContentStore content) {
    this.registries = requireNonNull(registries);
    this.content = requireNonNull(content);
  }

  /** Pushes an image under a name with a tag. */
  public Pushed push(Reference name, Request request, PullOptions options) throws IOException {
    RegistrySession session = registries.sessions(name, options).getLast();
    byte[] bytes = content.read(request.manifest().digest(), Manifest.MAX_BYTES);
    if (!(Manifest.parse(bytes, request.manifest().mediaType()) instanceof Manifest.Single one)) {
      throw new EngineException(
          EngineException.Code.CORRUPT, request.manifest().digest() + " is no single image");
    }
    try {
      upload(session, one, request, options.progress());
      put(session, name, request.manifest(), bytes);
      return new Pushed(name.tagged(), request.manifest().digest().toString(), bytes.length);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          EngineException.Code.UNAVAILABLE, "Pushing " + name + " was interrupted", e);
    }
  }

  private void upload(
      RegistrySession session, Manifest.Single manifest, Request request, Progress progress)
      throws IOException, InterruptedException {
    List<ParallelTransfers.Transfer> layers = new ArrayList<>();
    Set<Digest> begun = new HashSet<>();
    for (int i = 0; i < manifest.layers().size(); i++) {
      Descriptor layer = manifest.layers().get(i);
      String title = request.titles().get(i);
      if (begun.add(layer.digest())) {
        BlobUpload upload = new BlobUpload(content, session, layer, title, progress);
        layers.add(() -> upload.run(request.repositories()));
      }
    }
    ParallelTransfers.run(layers, "pushed");
    new BlobUpload(content, session, manifest.config(), "", Progress.NONE)
        .run(request.repositories());
  }

  private static void put(
      RegistrySession session, Reference name, Descriptor manifest, byte[] bytes)
      throws IOException, InterruptedException {
    String tag = name.tag().isEmpty() ? manifest.digest().toString() : name.tag();
    URI uri = session.endpoint().resource(session.repository(), "manifests", tag);
    HttpResponse<InputStream> response = put(session, uri, manifest.mediaType(), bytes, tag);
    response.body().close();
    String said = response.headers().firstValue("Docker-Content-Digest").orElse("");
    if (said.startsWith("sha256:") && !said.equals(manifest.digest().toString())) {
      throw new EngineException(
          EngineException.Code.CORRUPT,
          "Registry "
              + session
              + " keeps the manifest as "
              + said
              + ", though it is "
              + manifest.digest());
    }
  }

  /** Puts it, and again where the registry only failed: it is the same each time. */
  private static HttpResponse<InputStream> put(
      RegistrySession session, URI uri, String mediaType, byte[] bytes, String tag)
      throws IOException, InterruptedException {
    for (int i = 1; ; i++) {
      EngineException failure;
      try {
        HttpResponse<InputStream> response =
            session.exchange(
                "PUT",
                uri,
                Map.of("Content-Type", mediaType),
                () -> BodyPublishers.ofByteArray(bytes));
        if (response.statusCode() == 201 || response.statusCode() == 200) {
          return response;
        }
        failure = session.refusal(response, "manifest " + tag);
      } catch (IOException e) {
        failure = Registries.unreachable(session.toString(), e);
      }
      if (failure.code() != EngineException.Code.UNAVAILABLE || i == TRIES) {
        throw failure;
      }
      session.pause(i - 1);
    }
  }
}
