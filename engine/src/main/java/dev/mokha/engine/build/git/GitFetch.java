package dev.mokha.engine.build.git;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.context.DigestIndex;
import dev.mokha.engine.build.context.DirectoryTree;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.build.context.MemoryDirectory;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.jgit.dircache.DirCache;
import org.eclipse.jgit.dircache.DirCacheBuilder;
import org.eclipse.jgit.dircache.DirCacheEntry;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is fetched for one context or source: a repository for it, and one for each submodule, below
 * one directory that goes with {@link #close}. Time and bytes are counted over all of them.
 */
final class GitFetch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GitFetch.class);
  private static final String REMOTE = "origin";

  private final Path directory;
  private final GitTransfer transfer;
  private final int mostSubmodules;
  private final List<Repository> repositories = new ArrayList<>();
  private int submodules;

  GitFetch(Path scratch, GitLogins logins, GitRepositories.Limits limits) throws IOException {
    directory = Files.createTempDirectory(scratch, "git-");
    transfer = new GitTransfer(directory, logins, limits);
    mostSubmodules = limits.submodules();
  }

  /** The remote's references. */
  Collection<Ref> list(GitAddress address) throws IOException, InterruptedException {
    return transfer.list(address);
  }

  /** The files of a commit; closing them closes this. */
  FileTree files(GitAddress address, GitCommit commit) throws IOException, InterruptedException {
    FileNode root = tree(address, commit);
    FileTree all = () -> root;
    FileNode shown = root;
    if (!address.directory().isEmpty()) {
      shown =
          all.find(address.directory())
              .map(FileTree.Found::node)
              .filter(FileNode::isDirectory)
              .orElseThrow(
                  () ->
                      new BuildException(
                          "the git repository has no directory " + address.directory()));
    }
    FileNode top = shown;
    return new FileTree() {
      @Override
      public FileNode root() {
        return top;
      }

      @Override
      public void close() {
        GitFetch.this.close();
      }
    };
  }

  private FileNode tree(GitAddress address, GitCommit commit)
      throws IOException, InterruptedException {
    Path home = directory.resolve(Integer.toString(repositories.size()));
    FileRepository repository = new FileRepository(home.resolve(Constants.DOT_GIT).toFile());
    repositories.add(repository);
    repository.create();
    StoredConfig config = repository.getConfig();
    config.setString("remote", REMOTE, "url", address.remote().toString());
    config.setBoolean("core", null, "logallrefupdates", false);
    config.save();
    ObjectId id = transfer.fetch(repository, address, commit);
    RevCommit revision;
    try (RevWalk walk = new RevWalk(repository)) {
      revision = walk.parseCommit(id);
    }
    if (!revision.name().startsWith(address.checksum())) {
      throw new BuildException(
          "expected checksum to match " + address.checksum() + ", got " + revision.name());
    }
    GitTree.Submodules inside = GitTree.Submodules.NONE;
    if (address.submodules()) {
      Map<String, FileNode> fetched = submodules(repository, revision, address);
      inside = (path, wanted) -> Optional.ofNullable(fetched.get(path));
    }
    GitTree tree =
        new GitTree(
            new GitTree.Source(repository, revision.getCommitterIdent().getWhenAsInstant(), inside),
            revision.getTree(),
            "");
    if (!address.keepGitDirectory()) {
      return tree;
    }
    keep(repository, revision, commit);
    Map<String, FileNode> entries = new TreeMap<>(tree.children());
    entries.put(
        Constants.DOT_GIT,
        new DirectoryTree(home.resolve(Constants.DOT_GIT), DigestIndex.inMemory(), false).root());
    return new MemoryDirectory(entries);
  }

  private Map<String, FileNode> submodules(
      Repository repository, RevCommit revision, GitAddress address)
      throws IOException, InterruptedException {
    Map<String, FileNode> found = new HashMap<>();
    for (GitSubmodule module : GitSubmodule.of(repository, revision, address)) {
      if (++submodules > mostSubmodules) {
        throw new BuildException(
            "the git repository has more than " + mostSubmodules + " submodules");
      }
      found.put(module.path(), tree(module.address(), new GitCommit(module.commit(), "")));
    }
    return found;
  }

  /** Makes of the repository what a clone would be: HEAD, its branch, and an index. */
  private static void keep(Repository repository, RevCommit revision, GitCommit commit)
      throws IOException {
    String branch = commit.ref().startsWith(Constants.R_HEADS) ? commit.ref() : "";
    if (!branch.isEmpty()) {
      update(repository.updateRef(branch), revision);
      repository.updateRef(Constants.HEAD).link(branch);
    } else {
      if (commit.ref().startsWith(Constants.R_TAGS)) {
        update(repository.updateRef(commit.ref()), revision);
      }
      update(repository.updateRef(Constants.HEAD, true), revision);
    }
    DirCache index = repository.lockDirCache();
    try (ObjectReader reader = repository.newObjectReader()) {
      DirCacheBuilder builder = index.builder();
      builder.addTree(new byte[0], DirCacheEntry.STAGE_0, reader, revision.getTree());
      if (!builder.commit()) {
        throw new IOException("the index of the git repository can't be written");
      }
    } finally {
      index.unlock();
    }
    Files.deleteIfExists(repository.getDirectory().toPath().resolve("FETCH_HEAD"));
  }

  private static void update(RefUpdate update, ObjectId id) throws IOException {
    update.setNewObjectId(id);
    update.disableRefLog();
    RefUpdate.Result result = update.forceUpdate();
    if (result == RefUpdate.Result.LOCK_FAILURE || result == RefUpdate.Result.IO_FAILURE) {
      throw new IOException(
          "the git repository's " + update.getName() + " can't be set: " + result);
    }
  }

  @Override
  public void close() {
    repositories.forEach(Repository::close);
    repositories.clear();
    try {
      DurableFiles.delete(directory);
    } catch (IOException e) {
      log.warn(
          "What was fetched to {} stays until the daemon starts again: {}",
          directory,
          e.toString());
    }
  }
}
