package dev.mokha.engine.build.run;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildContext;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.BuildRequest;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.images.Reference;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The contexts that whoever builds has given names ({@code --build-context}). A name stands before
 * stages and images of the same name; {@code app} means an image {@code
 * docker.io/library/app:latest} of the Dockerfile too.
 */
final class NamedContexts implements AutoCloseable {
  private final BuildRequest request;
  private final ContextReader reader;
  private final Map<String, BuildContext> byName = new HashMap<>();
  private final Map<BuildContext, FileTree> opened = new HashMap<>();

  NamedContexts(BuildRequest request, ContextReader reader) {
    this.request = request;
    this.reader = reader;
    request.contexts().forEach((name, context) -> byName.put(normal(name), context));
  }

  private static String normal(String name) {
    try {
      return Reference.parse(name).tagged().toString();
    } catch (EngineException notAnImagesName) {
      return name.toLowerCase(Locale.ROOT);
    }
  }

  /** The image a name stands for, when it stands for one. */
  Optional<String> image(String name) {
    return named(name)
        .filter(BuildContext.OfImage.class::isInstance)
        .map(context -> ((BuildContext.OfImage) context).reference());
  }

  /** Whether a name is a context's at all. */
  boolean has(String name) {
    return named(name).isPresent();
  }

  private Optional<BuildContext> named(String name) {
    return byName.isEmpty() || name.isEmpty()
        ? Optional.empty()
        : Optional.ofNullable(byName.get(normal(name)));
  }

  /** The files a name stands for, when they are not an image's; read when first asked for. */
  Optional<FileTree> files(String name) throws IOException, InterruptedException {
    Optional<BuildContext> context = named(name);
    if (context.isEmpty() || context.get() instanceof BuildContext.OfImage) {
      return Optional.empty();
    }
    synchronized (opened) {
      FileTree known = opened.get(context.get());
      if (known == null) {
        known = reader.open(context.get(), request.secrets());
        opened.put(context.get(), known);
      }
      return Optional.of(known);
    }
  }

  /** What FROM says of a name that is no image. */
  BuildException notAnImage(String name) {
    return new BuildException(
        "the build context " + name + " has files, not an image: copy from it");
  }

  @Override
  public void close() {
    synchronized (opened) {
      opened.values().forEach(FileTree::close);
      opened.clear();
    }
    // Those that nobody asked for are the caller's to end, but for files that it handed over.
    request.contexts().values().stream()
        .filter(BuildContext.Files.class::isInstance)
        .forEach(context -> ((BuildContext.Files) context).tree().close());
  }
}
