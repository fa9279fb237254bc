package dev.mokha.engine.build.run;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildContext;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.BuildRequest;
import dev.mokha.engine.build.SecretSource;
import dev.mokha.engine.build.context.DigestIndex;
import dev.mokha.engine.build.context.DirectoryTree;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.build.context.FilteredTree;
import dev.mokha.engine.build.context.IgnoreRules;
import dev.mokha.engine.build.context.MemoryDirectory;
import dev.mokha.engine.build.context.MemoryFile;
import dev.mokha.engine.build.context.RemoteFile;
import dev.mokha.engine.build.context.TarTree;
import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.build.git.GitAddress;
import dev.mokha.engine.build.git.GitRepositories;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Makes a tree of a request's context, and finds the Dockerfile in it. */
final class ContextReader {
  private static final String DEFAULT_NAME = "Dockerfile";
  private static final int MAX_RULES = 1 << 20;

  private final Path scratch;
  private final DigestIndex digests;

  ContextReader(Path scratch, DigestIndex digests) {
    this.scratch = scratch;
    this.digests = digests;
  }

  /**
   * What was read.
   *
   * @param tree without what .dockerignore ignores
   * @param name of the Dockerfile
   * @param dockerfile its text
   */
  record Context(FileTree tree, String name, byte[] dockerfile) {}

  Context read(BuildRequest request) throws IOException, InterruptedException {
    FileTree tree = tree(request.context(), request.secrets());
    if (request.context() instanceof BuildContext.Files && request.dockerfileText() != null) {
      // Not looked into before a step needs it: it may be fetched only then.
      String name = request.dockerfile().isEmpty() ? DEFAULT_NAME : request.dockerfile();
      return new Context(tree, name, request.dockerfileText());
    }
    boolean done = false;
    try {
      String name = request.dockerfile().isEmpty() ? DEFAULT_NAME : request.dockerfile();
      byte[] text =
          request.dockerfileText() != null ? request.dockerfileText() : dockerfile(tree, name);
      Optional<byte[]> rules = file(tree, name + ".dockerignore", MAX_RULES);
      if (rules.isEmpty()) {
        rules = file(tree, ".dockerignore", MAX_RULES);
      }
      tree = kept(tree, rules);
      done = true;
      return new Context(tree, name, text);
    } finally {
      if (!done) {
        tree.close();
      }
    }
  }

  /** A context's files, without what its .dockerignore ignores. */
  FileTree open(BuildContext context, SecretSource secrets)
      throws IOException, InterruptedException {
    FileTree tree = tree(context, secrets);
    boolean done = false;
    try {
      FileTree kept = kept(tree, file(tree, ".dockerignore", MAX_RULES));
      done = true;
      return kept;
    } finally {
      if (!done) {
        tree.close();
      }
    }
  }

  private static FileTree kept(FileTree tree, Optional<byte[]> rules) {
    if (rules.isEmpty()) {
      return tree;
    }
    IgnoreRules parsed = IgnoreRules.parse(new String(rules.get(), StandardCharsets.UTF_8));
    return parsed.isEmpty() ? tree : new FilteredTree(tree, parsed);
  }

  private FileTree tree(BuildContext context, SecretSource secrets)
      throws IOException, InterruptedException {
    return switch (context) {
      case BuildContext.Tar tar -> TarTree.read(tar.stream(), scratch);
      case BuildContext.DockerfileOnly only -> single(only.text());
      case BuildContext.Remote remote -> remote(remote.address());
      case BuildContext.Files files -> files.tree();
      case BuildContext.Git git -> git(git.address(), secrets);
      case BuildContext.OfImage image ->
          throw new EngineException(
              EngineException.Code.INVALID,
              "The image " + image.reference() + " can't be the build context itself");
      case BuildContext.Directory directory -> {
        if (!Files.isDirectory(directory.path())) {
          throw new EngineException(
              EngineException.Code.INVALID,
              "There is no directory " + directory.path() + " to build from");
        }
        yield new DirectoryTree(directory.path(), digests, false);
      }
    };
  }

  private FileTree git(String text, SecretSource secrets) throws IOException, InterruptedException {
    GitAddress address = GitAddress.parse(text);
    GitRepositories repositories =
        new GitRepositories(scratch, secrets, GitRepositories.Limits.DEFAULT);
    return repositories.fetch(address, repositories.resolve(address));
  }

  private static FileTree single(byte[] text) {
    FileNode file = new MemoryFile(text, 0644);
    FileNode root = new MemoryDirectory(Map.of(DEFAULT_NAME, file));
    return () -> root;
  }

  private FileTree remote(URI address) throws IOException, InterruptedException {
    if (!"http".equals(address.getScheme()) && !"https".equals(address.getScheme())) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "A remote context is fetched over http or https, not over " + address.getScheme());
    }
    try (RemoteFile file = RemoteFile.fetch(address, scratch)) {
      boolean archive;
      try (InputStream in = file.open()) {
        archive = Archives.isArchive(in);
      }
      if (!archive) {
        try (InputStream in = file.open()) {
          return single(in.readNBytes(Dockerfile.MAX_BYTES + 1));
        }
      }
      try (InputStream in = file.open()) {
        return TarTree.read(in, scratch);
      }
    }
  }

  private static byte[] dockerfile(FileTree tree, String name) throws IOException {
    if (FileTree.components(name).contains("..")) {
      throw new BuildException("Forbidden path outside the build context: " + name + " ()");
    }
    Optional<byte[]> text = file(tree, name, Dockerfile.MAX_BYTES + 1);
    if (text.isEmpty() && name.equals(DEFAULT_NAME)) {
      text = file(tree, "dockerfile", Dockerfile.MAX_BYTES + 1);
    }
    return text.orElseThrow(
        () -> new BuildException("Cannot locate specified Dockerfile: " + name));
  }

  private static Optional<byte[]> file(FileTree tree, String name, int limit) throws IOException {
    Optional<FileTree.Found> found = tree.find(name);
    if (found.isEmpty() || found.get().node().kind() != FileNode.Kind.FILE) {
      return Optional.empty();
    }
    try (InputStream in = found.get().node().open()) {
      return Optional.of(in.readNBytes(limit));
    }
  }
}
