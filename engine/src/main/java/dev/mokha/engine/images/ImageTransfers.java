package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.registry.ImagePuller;
import dev.mokha.engine.registry.ImagePusher;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Brings images from registries, and to them. */
final class ImageTransfers {
  private final ContentStore content;
  private final Leases leases;
  private final ImageDatabase database;
  private final ImageRecords records;
  private final LayerArchives archives;
  private final ImagePuller puller;
  private final ImagePusher pusher;
  private final ImageListeners listeners;

  ImageTransfers(
      ContentStore content,
      Leases leases,
      ImageDatabase database,
      ImageRecords records,
      LayerArchives archives,
      ImagePuller puller,
      ImagePusher pusher,
      ImageListeners listeners) {
    this.content = requireNonNull(content, "content");
    this.leases = requireNonNull(leases, "leases");
    this.database = requireNonNull(database, "database");
    this.records = requireNonNull(records, "records");
    this.archives = requireNonNull(archives, "archives");
    this.puller = requireNonNull(puller, "puller");
    this.pusher = requireNonNull(pusher, "pusher");
    this.listeners = requireNonNull(listeners, "listeners");
  }

  Pulled pull(Reference name, PullOptions options) throws IOException {
    try (Leases.Lease lease = leases.take()) {
      ImagePuller.Pulled pulled = puller.pull(name, options, lease);
      List<String> names = name.tag().isEmpty() ? List.of() : List.of(name.tagged());
      Optional<String> before = ImageQueries.findId(database.state(), name.toString());
      Image image =
          records.register(
              pulled.manifest(),
              pulled.documents(),
              names,
              new Origin.Pulled(name.digested(pulled.resolved()), pulled.proof()),
              lease,
              options.progress());
      listeners.tell(ImageEvent.Action.PULL, image.id(), name.toString());
      boolean newer = !before.equals(Optional.of(image.id()));
      return new Pulled(image, pulled.resolved().toString(), newer);
    }
  }

  Pushed push(Reference name, PullOptions options) throws IOException {
    try (Leases.Lease lease = leases.take()) {
      Image image = records.hold(name.toString(), lease);
      StoredImage stored = archives.complete(image.id(), lease, options.progress());
      stored.blobs().forEach(lease::add);
      Pushed pushed =
          pusher.push(
              name,
              new ImagePusher.Request(
                  ImageViews.manifest(stored, content),
                  stored.diffIds().stream().map(diffId -> Digest.parse(diffId).brief()).toList(),
                  repositoriesWith(stored, name)),
              options);
      records.digested(image.id(), name.name() + "@" + pushed.digest());
      listeners.tell(ImageEvent.Action.PUSH, image.id(), name.tagged());
      return pushed;
    }
  }

  /** Where at a registry some of an image's layers are, as far as is known here. */
  private Set<String> repositoriesWith(StoredImage image, Reference pushed) {
    ImageDatabase.State state = database.state();
    Set<String> blobs = new HashSet<>(image.blobs());
    Set<String> repositories = new HashSet<>();
    state
        .digests()
        .forEach(
            (digested, id) -> {
              Reference name = Reference.parse(digested);
              StoredImage other = state.images().get(id);
              if (name.registry().equals(pushed.registry())
                  && !name.repository().equals(pushed.repository())
                  && other != null
                  && other.layers().stream().anyMatch(layer -> blobs.contains(layer.blob()))) {
                repositories.add(name.repository());
              }
            });
    return repositories;
  }
}
