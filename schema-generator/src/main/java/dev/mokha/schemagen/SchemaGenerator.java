package dev.mokha.schemagen;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;

/**
 * The program: {@code SchemaGenerator FILE} writes the schema resource to FILE, unless FILE is
 * newer than everything on the class path.
 */
public final class SchemaGenerator {
  private SchemaGenerator() {}

  /** Writes the resource to the file named by the only argument. */
  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      throw new IllegalArgumentException("Give the file to write as the only argument");
    }
    Path file = Path.of(args[0]);
    if (isNewer(file)) {
      return;
    }
    Facts facts = new Facts();
    List<Definition> definitions =
        new Definitions(facts, new JavaModels(facts), new ProtobufNumbers(facts)).all();
    facts.checkAllUsed(definitions);
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, new ResourceWriter().write(definitions));
  }

  private static boolean isNewer(Path file) throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    FileTime made = Files.getLastModifiedTime(file);
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path source = Path.of(entry);
      if (file.toAbsolutePath().startsWith(source.toAbsolutePath()) || !Files.exists(source)) {
        continue;
      }
      try (Stream<Path> files = Files.walk(source)) {
        for (Path f : (Iterable<Path>) files::iterator) {
          if (Files.getLastModifiedTime(f).compareTo(made) > 0) {
            return false;
          }
        }
      }
    }
    return true;
  }
}
