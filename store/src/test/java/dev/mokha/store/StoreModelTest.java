package dev.mokha.store;

import dev.mokha.store.memory.MemoryStore;
import dev.mokha.store.rocks.RocksStore;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Random histories against the model, with the stores of one process. */
final class StoreModelTest extends HistoryModel {
  @Property(tries = 200, shrinking = ShrinkingMode.BOUNDED)
  void memory(@ForAll("histories") List<Action> actions) throws Exception {
    List<Action> possible = actions.stream().filter(a -> !(a instanceof Reopen)).toList();
    play(possible, MemoryStore::create);
  }

  @Property(tries = 25, shrinking = ShrinkingMode.BOUNDED)
  void rocks(@ForAll("histories") List<Action> actions) throws Exception {
    Path directory = Files.createTempDirectory("mokha-store-model");
    try {
      play(actions, () -> RocksStore.open(directory));
    } finally {
      delete(directory);
    }
  }

  static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
