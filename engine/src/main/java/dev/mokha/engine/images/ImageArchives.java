package dev.mokha.engine.images;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.snapshots.Layers;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Images from and to archives. */
final class ImageArchives {
  private final ContentStore content;
  private final Layers layers;
  private final Leases leases;
  private final ImageDatabase database;
  private final ImageRecords records;
  private final Events events;

  /** Hears what was done. */
  @FunctionalInterface
  interface Events {
    void tell(ImageEvent.Action action, String id, String name);
  }

  ImageArchives(
      ContentStore content,
      Layers layers,
      Leases leases,
      ImageDatabase database,
      ImageRecords records,
      Events events) {
    this.content = content;
    this.layers = layers;
    this.leases = leases;
    this.database = database;
    this.records = records;
    this.events = events;
  }

  List<Image> importArchive(Path archive, String reference, Progress progress) throws IOException {
    try (Leases.Lease lease = leases.take()) {
      List<ArchiveReader.Found> found =
          new ArchiveReader(content, lease, progress).read(archive, reference);
      List<Image> images = new ArrayList<>();
      for (ArchiveReader.Found one : found) {
        images.add(
            records.register(
                one.manifest(),
                one.documents(),
                one.references(),
                new Origin.Loaded(),
                lease,
                progress));
      }
      return images;
    }
  }

  List<Loaded> load(InputStream archive, Progress progress) throws IOException {
    try (Leases.Lease lease = leases.take()) {
      List<Loaded> loaded = new ArrayList<>();
      for (ArchiveReader.Found one : new ArchiveReader(content, lease, progress).read(archive)) {
        Map<String, String> before = database.state().references();
        Image image =
            records.register(
                one.manifest(),
                one.documents(),
                one.references(),
                new Origin.Loaded(),
                lease,
                progress);
        Map<String, String> renamed = new LinkedHashMap<>();
        for (String name : one.references()) {
          String old = before.getOrDefault(name, image.id());
          if (!old.equals(image.id())) {
            renamed.put(name, old);
          }
        }
        loaded.add(new Loaded(image, one.references(), renamed));
        events.tell(ImageEvent.Action.LOAD, image.id(), first(one.references()));
      }
      return loaded;
    }
  }

  void export(String reference, Path archive) {
    Failures.guarded(
        "export " + reference,
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Image image = records.hold(reference, lease);
            ImageDatabase.State state = database.state();
            Path temporary = archive.resolveSibling(archive.getFileName() + ".part");
            try (OutputStream out =
                new BufferedOutputStream(Files.newOutputStream(temporary), 1 << 16)) {
              ArchiveWriter writer = new ArchiveWriter(content, layers);
              writer.add(state.images().get(image.id()), image.references());
              writer.write(out);
            } catch (IOException | RuntimeException e) {
              Files.deleteIfExists(temporary);
              throw e;
            }
            Files.move(
                temporary,
                archive,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
          }
          return null;
        });
  }

  void save(List<String> references, OutputStream out) {
    Failures.guarded(
        "save images",
        () -> {
          try (Leases.Lease lease = leases.take()) {
            Map<String, List<String>> chosen = new LinkedHashMap<>();
            for (String reference : references) {
              Image image = records.hold(saved(reference), lease);
              List<String> names = chosen.computeIfAbsent(image.id(), id -> new ArrayList<>());
              ImageDatabase.State state = database.state();
              if (isRepository(reference)) {
                ImageQueries.tagsOf(database.state(), reference)
                    .forEach(
                        name -> {
                          Image tagged = records.hold(name, lease);
                          chosen.computeIfAbsent(tagged.id(), id -> new ArrayList<>()).add(name);
                        });
              } else {
                ImageQueries.nameOf(state, reference).ifPresent(names::add);
              }
            }
            ArchiveWriter writer = new ArchiveWriter(content, layers);
            for (Map.Entry<String, List<String>> one : chosen.entrySet()) {
              StoredImage stored = database.state().images().get(one.getKey());
              if (stored == null) {
                throw Failures.missing(one.getKey());
              }
              writer.add(stored, one.getValue().stream().distinct().toList());
            }
            writer.write(out);
            chosen.forEach((id, names) -> events.tell(ImageEvent.Action.SAVE, id, first(names)));
          }
          return null;
        });
  }

  /** Whether a user means all tags of a repository: a name without tag, and no image's id. */
  private boolean isRepository(String reference) {
    int slash = reference.lastIndexOf('/');
    if (reference.indexOf('@') >= 0 || reference.indexOf(':', slash + 1) >= 0) {
      return false;
    }
    try {
      return !ImageQueries.tagsOf(database.state(), reference).isEmpty();
    } catch (EngineException anId) {
      return false;
    }
  }

  private String saved(String reference) {
    return isRepository(reference)
        ? ImageQueries.tagsOf(database.state(), reference).getFirst()
        : reference;
  }

  private static String first(List<String> names) {
    return names.isEmpty() ? "" : names.getFirst();
  }
}
