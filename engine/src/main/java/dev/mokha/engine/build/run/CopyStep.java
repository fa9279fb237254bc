package dev.mokha.engine.build.run;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.build.context.MemoryFile;
import dev.mokha.engine.build.context.TarTree;
import dev.mokha.engine.build.context.TreeDigest;
import dev.mokha.engine.build.dockerfile.Expansion;
import dev.mokha.engine.build.dockerfile.Heredoc;
import dev.mokha.engine.build.dockerfile.Instruction;
import dev.mokha.engine.build.git.GitAddress;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.WorkTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * COPY and ADD, straight into the layer. Looked up by the digest of what is copied; what comes from
 * another stage, first by that stage's key, so that nothing needs to be mounted to find out that
 * nothing changed.
 */
final class CopyStep {
  private static final Pattern CHECKSUM = Pattern.compile("sha256:[0-9a-f]{64}");

  private final Build build;
  private final StageRun stage;

  CopyStep(Build build, StageRun stage) {
    this.build = build;
    this.stage = stage;
  }

  /** Where files come from: layers, and what they were made of. */
  private record Origin(List<String> diffIds, String key) {}

  /** An instruction with its variables expanded. */
  private record Expanded(
      Instruction.Copy copy,
      List<String> sources,
      String destination,
      String chown,
      String chmod,
      String checksum) {
    String keyword() {
      return copy.add() ? "ADD" : "COPY";
    }

    String flags() {
      return (copy.from().isEmpty() ? "" : "--from=" + copy.from() + " ")
          + (chown.isEmpty() ? "" : "--chown=" + chown + " ")
          + (chmod.isEmpty() ? "" : "--chmod=" + chmod + " ");
    }
  }

  StageState run(Instruction.Copy copy, StageState before)
      throws IOException, InterruptedException {
    Expanded expanded =
        new Expanded(
            copy,
            copy.sources().stream().map(source -> stage.expand(source, before)).toList(),
            stage.expand(copy.destination(), before),
            stage.expand(copy.chown(), before),
            stage.expand(copy.chmod(), before),
            stage.expand(copy.checksum(), before));
    Optional<ModeChange> mode = mode(expanded.chmod());
    checkChecksum(expanded);
    int count = expanded.sources().size() + copy.heredocs().size();
    if (count > 1 && !expanded.destination().endsWith("/") && !isDot(expanded.destination())) {
      throw new BuildException(
          "When using "
              + expanded.keyword()
              + " with more than one source file, the destination must be a directory and end"
              + " with a /");
    }
    String fast = "";
    Optional<FileTree> named = build.named().files(copy.from());
    FileTree tree = named.orElse(build.context());
    boolean layers = !copy.from().isEmpty() && named.isEmpty();
    if (layers) {
      Origin origin = origin(copy.from());
      fast =
          Keys.of(
              before.key(),
              "from",
              origin.key(),
              copy.source().text(),
              String.join("\0", expanded.sources()),
              expanded.destination(),
              expanded.flags());
      Optional<StageState> known = stage.cached(fast, "", before);
      if (known.isPresent()) {
        return known.get();
      }
      tree = build.show(origin.diffIds()).tree();
    }
    CopySources sources = sources(expanded, tree, !layers, before);
    if (sources.items().size() > 1
        && !expanded.destination().endsWith("/")
        && !isDot(expanded.destination())) {
      throw new BuildException(
          "When using "
              + expanded.keyword()
              + " with more than one source file, the destination must be a directory and end"
              + " with a /");
    }
    String createdBy =
        StageRun.nop(
            before,
            expanded.keyword()
                + " "
                + expanded.flags()
                + digest(sources.items(), layers)
                + " in "
                + expanded.destination()
                + " ");
    StageState after =
        stage.settle(
            before,
            before.configuration().copy(),
            createdBy,
            copy.excludes().isEmpty() ? "" : String.join("\0", copy.excludes()),
            copy.source(),
            work -> write(work, expanded, sources.items(), mode, layers, before));
    if (!fast.isEmpty()) {
      stage.remember(fast, before, after, copy.source());
    }
    return after;
  }

  private static boolean isDot(String destination) {
    return destination.equals(".") || destination.endsWith("/.");
  }

  private static Optional<ModeChange> mode(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(ModeChange.parse(text));
  }

  /** What a checksum can be of: one file over HTTP, or one repository. */
  private static void checkChecksum(Expanded expanded) {
    if (expanded.checksum().isEmpty()) {
      return;
    }
    if (expanded.sources().size() != 1) {
      throw new BuildException("checksum can't be specified for multiple sources");
    }
    String source = expanded.sources().getFirst();
    if (GitAddress.isGit(source)) {
      return;
    }
    if (!CopySources.isAddress(source)) {
      throw new BuildException("checksum requires HTTP(S) or Git sources");
    }
    if (!CHECKSUM.matcher(expanded.checksum()).matches()) {
      throw new BuildException("invalid checksum digest format");
    }
  }

  /** The stage or image that {@code --from} means. */
  private Origin origin(String name) throws InterruptedException {
    if (stage.isSelf(name)) {
      throw new BuildException(
          "invalid from flag value " + name + ": refers to current build stage");
    }
    Optional<StageState> other = stage.await(name);
    if (other.isPresent()) {
      return new Origin(other.get().diffIds(), other.get().key());
    }
    if (name.matches("\\d+")) {
      throw new BuildException("invalid from flag value " + name + ": index out of bounds");
    }
    try {
      Image image = build.image(name, stage.step(), "");
      return new Origin(image.layers(), image.id());
    } catch (EngineException | BuildException e) {
      throw new BuildException("invalid from flag value " + name + ": " + e.getMessage(), e);
    }
  }

  private CopySources sources(Expanded expanded, FileTree tree, boolean context, StageState before)
      throws IOException, InterruptedException {
    Instruction.Copy copy = expanded.copy();
    CopySources sources =
        new CopySources(build, expanded.keyword(), tree, context, copy.parents(), copy.excludes());
    for (String source : expanded.sources()) {
      if (copy.add() && GitAddress.isGit(source)) {
        sources.git(source, expanded.checksum(), copy.keepGitDirectory());
      } else if (copy.add() && CopySources.isAddress(source)) {
        sources.fetch(source, expanded.checksum(), expanded.destination().endsWith("/"));
      } else {
        sources.add(source);
      }
    }
    for (Heredoc heredoc : copy.heredocs()) {
      String content =
          heredoc.expand()
              ? Expansion.document(
                  heredoc.content(), build.dockerfile().escape(), name -> stage.value(before, name))
              : heredoc.content();
      sources.add(new MemoryFile(content.getBytes(StandardCharsets.UTF_8), 0644), heredoc.name());
    }
    if (sources.items().isEmpty()) {
      throw new BuildException(expanded.keyword() + " failed: no source files were specified");
    }
    return sources;
  }

  private static String digest(List<CopySources.Item> items, boolean owners) throws IOException {
    TreeDigest digest = new TreeDigest(owners);
    for (CopySources.Item item : items) {
      // Of one source, the name counts only where it is kept.
      String path = items.size() == 1 && item.node().isDirectory() ? "" : item.path();
      if (item.key().isEmpty()) {
        digest.add(path, item.node());
      } else {
        digest.add(path, item.key());
      }
    }
    String kind =
        items.size() > 1 ? "multi:" : items.getFirst().node().isDirectory() ? "dir:" : "file:";
    return kind + digest.finish();
  }

  private void write(
      WorkTree work,
      Expanded expanded,
      List<CopySources.Item> items,
      Optional<ModeChange> mode,
      boolean keepsOwners,
      StageState before)
      throws IOException {
    Instruction.Copy copy = expanded.copy();
    Optional<Owners> chown =
        expanded.chown().isEmpty()
            ? Optional.empty()
            : Optional.of(Owners.resolve(work.root(), expanded.chown()));
    Optional<Owners> owners =
        chown.isPresent() || keepsOwners ? chown : Optional.of(new Owners(0, 0));
    String destination = Paths.resolve(before.configuration().workingDir(), expanded.destination());
    List<String> components = Paths.components(destination);
    TreeWriter writer = new TreeWriter(work.root(), owners, mode);
    boolean directory =
        expanded.destination().endsWith("/")
            || isDot(expanded.destination())
            || items.size() > 1
            || writer.isDirectory(destination);
    try {
      for (CopySources.Item item : items) {
        List<String> target = new ArrayList<>(components);
        if (copy.add() && unpacks(copy, item)) {
          unpack(work, item, target, chown, mode);
        } else if (copy.parents()) {
          target.addAll(Paths.components(item.path()));
          writer.write(item.node(), target);
        } else if (item.node().isDirectory()) {
          writer.entries(item.node(), target);
        } else {
          if (directory) {
            target.add(item.name());
          }
          writer.write(item.node(), target);
        }
      }
    } catch (EngineException e) {
      if (e.code() == EngineException.Code.CORRUPT) {
        throw new BuildException(expanded.keyword() + " failed: " + e.getMessage(), e);
      }
      throw e;
    }
  }

  private static boolean unpacks(Instruction.Copy copy, CopySources.Item item) throws IOException {
    boolean wanted = copy.unpack() != null ? copy.unpack() : !item.remote();
    return wanted && CopySources.isArchive(item);
  }

  private void unpack(
      WorkTree work,
      CopySources.Item item,
      List<String> target,
      Optional<Owners> owners,
      Optional<ModeChange> mode)
      throws IOException {
    try (InputStream in = item.node().open();
        TarTree archive = TarTree.read(in, build.place().scratch())) {
      new TreeWriter(work.root(), owners, mode).entries(archive.root(), target);
    }
  }
}
