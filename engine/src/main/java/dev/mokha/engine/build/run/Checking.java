package dev.mokha.engine.build.run;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.BuildRequest;
import dev.mokha.engine.build.Builder.Checked;
import dev.mokha.engine.build.checks.BuildChecks;
import dev.mokha.engine.build.checks.CheckOptions;
import dev.mokha.engine.build.checks.Warning;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Looks at a request's Dockerfile with Docker's rules. Images that are not here are not fetched.
 */
final class Checking {
  private static final String OPTIONS = "BUILDKIT_DOCKERFILE_CHECK";

  private final Images images;
  private final BuildRequest request;

  Checking(Images images, BuildRequest request) {
    this.images = images;
    this.request = request;
  }

  /** What is to be said of a context's Dockerfile. */
  Checked check(ContextReader.Context context) {
    String text = new String(context.dockerfile(), StandardCharsets.UTF_8);
    try {
      Dockerfile file = Dockerfile.parse(context.dockerfile(), context.name());
      if (!request.target().isEmpty()
          && file.stage(request.target(), file.stages().size()).isEmpty()) {
        throw new BuildException("target stage \"" + request.target() + "\" could not be found");
      }
      CheckOptions options = options(file);
      List<Warning> warnings =
          new BuildChecks(file, facts(path -> ignored(context.tree(), path))).run(options);
      return new Checked(context.name(), text, warnings, options.error(), null);
    } catch (BuildException e) {
      return new Checked(context.name(), text, List.of(), false, e);
    }
  }

  /**
   * Does nothing unless a Dockerfile, or whoever builds it, wants warnings to be errors.
   *
   * @throws BuildException when there are some then
   */
  void requireNone(Dockerfile file, FileTree context) {
    CheckOptions options = options(file);
    if (!options.error()) {
      return;
    }
    List<Warning> warnings =
        new BuildChecks(file, facts(path -> ignored(context, path))).run(options);
    if (!warnings.isEmpty()) {
      throw new BuildException(
          "lint violation found for rules: "
              + warnings.stream()
                  .map(warning -> warning.rule().text())
                  .distinct()
                  .collect(Collectors.joining(", ")));
    }
  }

  private CheckOptions options(Dockerfile file) {
    String asked = request.buildArgs().get(OPTIONS);
    return CheckOptions.parse(asked == null ? file.remarks().check() : asked);
  }

  private BuildChecks.Facts facts(Predicate<String> ignored) {
    Map<String, String> arguments = new HashMap<>(request.buildArgs());
    Build.platform(request).forEach(arguments::putIfAbsent);
    return new BuildChecks.Facts(request.target(), arguments, this::environment, ignored);
  }

  private Optional<Set<String>> environment(String name) {
    Optional<Image> image = images.find(name);
    return image.map(
        found ->
            new TreeSet<>(
                Configuration.of(images.inspect(found.id()).configuration()).env().keySet()));
  }

  /** Whether a plain path is not in the context, though a file may have been left out of it. */
  private static boolean ignored(FileTree context, String path) {
    try {
      return path.matches("[^*?\\[]+") && !path.contains("://") && context.find(path).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }
}
