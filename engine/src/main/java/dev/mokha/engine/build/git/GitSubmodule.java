package dev.mokha.engine.build.git;

import dev.mokha.engine.build.BuildException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jgit.errors.ConfigInvalidException;
import org.eclipse.jgit.lib.BlobBasedConfig;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.treewalk.TreeWalk;

/**
 * A submodule as {@code git submodule update --init} would find it: named by {@code .gitmodules}
 * and there in the tree. Its address is an https, http or git one, perhaps relative to that of the
 * repository it is in; anything else (a path, a file address, another transport) is refused, since
 * a repository's author must not choose what of the host is read.
 *
 * @param path where it is
 * @param commit that the tree names
 */
record GitSubmodule(String path, String commit, GitAddress address) {
  private static final String SECTION = "submodule";

  static List<GitSubmodule> of(Repository repository, RevCommit revision, GitAddress parent)
      throws IOException {
    List<GitSubmodule> found = new ArrayList<>();
    try (TreeWalk modules =
        TreeWalk.forPath(repository, Constants.DOT_GIT_MODULES, revision.getTree())) {
      if (modules == null || !isFile(modules)) {
        return found;
      }
      BlobBasedConfig config = new BlobBasedConfig(null, repository, modules.getObjectId(0));
      for (String name : config.getSubsections(SECTION)) {
        String path = config.getString(SECTION, name, "path");
        String url = config.getString(SECTION, name, "url");
        if (path == null
            || path.isEmpty()
            || url == null
            || "none".equals(config.getString(SECTION, name, "update"))) {
          continue;
        }
        try (TreeWalk at = TreeWalk.forPath(repository, path, revision.getTree())) {
          if (at != null && at.getFileMode(0) == FileMode.GITLINK) {
            String commit = at.getObjectId(0).name();
            found.add(
                new GitSubmodule(
                    path, commit, parent.submodule(resolved(parent, path, url), commit)));
          }
        }
      }
    } catch (ConfigInvalidException e) {
      throw new BuildException("the git repository's .gitmodules can't be read", e);
    }
    return found;
  }

  private static boolean isFile(TreeWalk walk) {
    return walk.getFileMode(0) == FileMode.REGULAR_FILE
        || walk.getFileMode(0) == FileMode.EXECUTABLE_FILE;
  }

  private static URI resolved(GitAddress parent, String path, String url) {
    if (!url.startsWith("./") && !url.startsWith("../")) {
      try {
        return GitAddress.parse(url).remote();
      } catch (BuildException e) {
        throw new BuildException("submodule " + path + ": " + e.getMessage(), e);
      }
    }
    // As git does: ".." takes away the repository's own name first.
    URI base = URI.create(parent.remote().toString().replaceFirst("/+$", "") + "/");
    URI resolved;
    try {
      resolved = base.resolve(url).normalize();
    } catch (IllegalArgumentException e) {
      throw new BuildException("submodule " + path + ": invalid address", e);
    }
    if (resolved.getPath().contains("/../")) {
      throw new BuildException("submodule " + path + ": its address leads out of the host's root");
    }
    return GitAddress.parse(resolved.toString()).remote();
  }
}
