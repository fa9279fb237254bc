package dev.mokha.engine.registry;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Ingest;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.content.MediaTypes;
import dev.mokha.engine.images.ImagePolicy;
import dev.mokha.engine.images.Progress;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.images.Reference;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings all blobs of an image into the content store. */
public final class ImagePuller {
  private static final Logger log = LoggerFactory.getLogger(ImagePuller.class);
  private static final int TRIES = 3;

  private final Registries registries;
  private final ContentStore content;

  /**
   * What was pulled.
   *
   * @param manifest the image's own manifest
   * @param documents the index, if any, and the manifest
   * @param resolved what the name stood for: the index or the manifest
   * @param proof the fingerprint of the key whose signature was verified; empty when none was
   *     wanted
   */
  public record Pulled(
      Descriptor manifest, List<Digest> documents, Digest resolved, String proof) {}

  private record Document(Descriptor descriptor, Manifest manifest) {}

  /** One for an engine. */
  public ImagePuller(Registries registries, ContentStore content) {
    this.registries = requireNonNull(registries);
    this.content = requireNonNull(content);
  }

  /** Pulls an image; everything it needs is leased. */
  public Pulled pull(Reference name, PullOptions options, Leases.Lease lease) throws IOException {
    Optional<ImagePolicy.Rule> rule = registries.policy().rule(name);
    List<RegistrySession> sessions = registries.sessions(name, options);
    try {
      options.progress().update(name.toString(), "Resolving", 0, -1);
      Document top = document(sessions, name.wanted(), name.digest().orElse(null), lease);
      List<Digest> documents = new ArrayList<>();
      documents.add(top.descriptor().digest());
      Document current = top;
      for (int depth = 0; current.manifest() instanceof Manifest.Index index; depth++) {
        Descriptor chosen =
            index
                .select(options.platform())
                .orElseThrow(
                    () ->
                        new EngineException(
                            EngineException.Code.NOT_FOUND,
                            name + " has no image for " + title(options.platform())));
        if (depth > 3) {
          throw new EngineException(
              EngineException.Code.CORRUPT, name + " has indexes nested too deeply");
        }
        current = document(sessions, chosen.digest().toString(), chosen.digest(), lease);
        documents.add(current.descriptor().digest());
      }
      String proof = "";
      if (rule.isPresent() && !rule.get().keys().isEmpty()) {
        options.progress().update(name.toString(), "Verifying", 0, -1);
        proof =
            ImagePolicy.fingerprint(
                new Signatures(sessions).require(name, documents, rule.get().keys()));
      }
      Manifest.Single manifest = (Manifest.Single) current.manifest();
      List<Descriptor> blobs = new ArrayList<>();
      blobs.add(manifest.config());
      blobs.addAll(manifest.layers());
      blobs.forEach(blob -> lease.add(blob.digest()));
      for (Descriptor layer : manifest.layers()) {
        boolean present = content.contains(layer.digest());
        options
            .progress()
            .update(
                layer.digest().brief(),
                present ? "Present" : "Waiting",
                present ? layer.size() : 0,
                layer.size());
      }
      Digest quiet = manifest.config().digest();
      download(
          sessions,
          blobs,
          (item, action, done, total) -> {
            if (!item.equals(quiet.brief())) {
              options.progress().update(item, action, done, total);
            }
          });
      return new Pulled(current.descriptor(), documents, top.descriptor().digest(), proof);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          EngineException.Code.UNAVAILABLE, "Pulling " + name + " was interrupted", e);
    }
  }

  /**
   * Fetches one blob or document of an image anew.
   *
   * @param name where the image came from
   * @param document whether it is a manifest or an index
   * @throws EngineException when no registry gives it
   */
  public void fetch(Reference name, Descriptor blob, boolean document, Leases.Lease lease)
      throws IOException {
    List<RegistrySession> sessions = registries.sessions(name, List.of());
    lease.add(blob.digest());
    try {
      if (document) {
        document(sessions, blob.digest().toString(), blob.digest(), lease);
      } else {
        new BlobDownload(content, sessions, blob, Progress.NONE).run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          EngineException.Code.UNAVAILABLE, "Fetching " + blob.digest() + " was interrupted", e);
    }
  }

  private static String title(String platform) {
    return platform.isEmpty() ? "linux/" + Manifest.architecture() : platform;
  }

  private Document document(
      List<RegistrySession> sessions, String wanted, Digest expected, Leases.Lease lease)
      throws IOException, InterruptedException {
    if (expected != null) {
      lease.add(expected);
      if (content.contains(expected)) {
        byte[] bytes = content.read(expected, Manifest.MAX_BYTES);
        return known(bytes, expected, "");
      }
    }
    EngineException last = null;
    for (RegistrySession session : sessions) {
      for (int i = 1; i <= TRIES; i++) {
        try {
          return fetch(session, wanted, expected, lease);
        } catch (IOException e) {
          if (String.valueOf(e.getMessage()).contains("No space left")) {
            throw e;
          }
          last = Registries.unreachable(session.toString(), e);
        } catch (EngineException e) {
          last = e;
        }
        log.info("{}", last.getMessage());
        if (last.code() != EngineException.Code.UNAVAILABLE || i == TRIES || sessions.size() > 1) {
          break;
        }
        session.pause(i);
      }
    }
    throw last;
  }

  private Document fetch(
      RegistrySession session, String wanted, Digest expected, Leases.Lease lease)
      throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        session.get("manifests", wanted, Map.of("Accept", String.join(", ", MediaTypes.MANIFESTS)));
    byte[] bytes = session.read(response, Manifest.MAX_BYTES + 1);
    if (bytes.length > Manifest.MAX_BYTES) {
      throw new EngineException(
          EngineException.Code.CORRUPT, "Registry " + session + " sends a manifest without end");
    }
    Digest digest =
        expected == null
            ? Digest.of(bytes)
            : Digest.finish(expected.algorithm(), expected.newHash().digest(bytes));
    String claimed = response.headers().firstValue("Docker-Content-Digest").orElse("");
    boolean claims = expected == null && claimed.startsWith("sha256:");
    if (expected != null && !digest.equals(expected)
        || claims && !digest.toString().equals(claimed)) {
      throw new EngineException(
          EngineException.Code.CORRUPT,
          "Registry "
              + session
              + " sends a manifest of digest "
              + digest
              + ", not "
              + (expected == null ? claimed : expected));
    }
    String type = response.headers().firstValue("Content-Type").orElse("").split(";")[0].strip();
    Document document = known(bytes, digest, type);
    lease.add(digest);
    if (!content.contains(digest)) {
      try (Ingest ingest = content.ingest(digest)) {
        if (!content.contains(digest)) {
          ingest.restart();
          ingest.write(bytes);
          ingest.commit(bytes.length);
        }
      }
    }
    return document;
  }

  private static Document known(byte[] bytes, Digest digest, String type) {
    Manifest manifest = Manifest.parse(bytes, type);
    String mediaType =
        switch (manifest) {
          case Manifest.Single single -> single.mediaType();
          case Manifest.Index index -> index.mediaType();
        };
    return new Document(Descriptor.of(mediaType, digest, bytes.length), manifest);
  }

  private void download(List<RegistrySession> sessions, List<Descriptor> blobs, Progress progress)
      throws IOException, InterruptedException {
    List<ParallelTransfers.Transfer> transfers = new ArrayList<>();
    for (Descriptor blob : blobs.stream().distinct().toList()) {
      transfers.add(new BlobDownload(content, sessions, blob, progress)::run);
    }
    ParallelTransfers.run(transfers, "pulled");
  }
}
