package dev.mokha.engine.build.run;

import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.FileStatus;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.build.git.GitAddress;
import dev.mokha.engine.build.git.GitCommit;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.Map;

/** The files of a git repository that ADD names, fetched when somebody looks at them. */
final class GitSource implements FileNode {
  private final Build build;
  private final GitAddress address;
  private final GitCommit commit;
  private FileTree fetched;

  /** Asks the remote which commit is meant. */
  GitSource(Build build, GitAddress address) throws IOException, InterruptedException {
    this.build = build;
    this.address = address;
    this.commit = build.git().resolve(address);
  }

  /** What the files depend on: all of them follow from the commit and what of it is wanted. */
  String key() {
    return Keys.of(
        "git",
        address.remote().toString(),
        commit.id(),
        address.keepGitDirectory() ? commit.ref() + ":" + address.checksum() : "",
        address.directory(),
        Boolean.toString(address.keepGitDirectory()),
        Boolean.toString(address.submodules()));
  }

  @Override
  public FileStatus status() {
    return new FileStatus(Kind.DIRECTORY, 0755, 0, 0, 0, Instant.EPOCH, 0, 0);
  }

  @Override
  public synchronized Map<String, FileNode> children() throws IOException {
    if (fetched == null) {
      try {
        fetched = build.git().fetch(address, commit);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the build was interrupted");
      }
      build.closeLater(fetched);
    }
    return fetched.root().children();
  }
}
