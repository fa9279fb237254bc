package dev.mokha.engine.build.git;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.SecretSource;
import dev.mokha.engine.build.context.FileTree;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.Ref;

/**
 * Asks remotes what their branches and tags mean, and fetches commits. What is fetched lies in a
 * directory of its own until its tree is closed.
 */
public final class GitRepositories {
  private static final Pattern ABBREVIATION = Pattern.compile("[0-9a-f]{4,40}");
  private static final int ID = 40;

  private final Path scratch;
  private final GitLogins logins;
  private final Limits limits;

  /**
   * How much of it there may be.
   *
   * @param time for everything that one context or source needs
   * @param bytes of everything fetched for it
   * @param submodules how many, counting those of submodules
   */
  public record Limits(Duration time, long bytes, int submodules) {
    /** Ten minutes, 4 GiB, 200 submodules. */
    public static final Limits DEFAULT = new Limits(Duration.ofMinutes(10), 4L << 30, 200);

    /** Refuses null. */
    public Limits {
      requireNonNull(time);
    }
  }

  /**
   * For one build.
   *
   * @param scratch where to fetch to
   * @param secrets may have {@code GIT_AUTH_TOKEN} and {@code GIT_AUTH_HEADER}
   */
  public GitRepositories(Path scratch, SecretSource secrets, Limits limits) {
    this.scratch = requireNonNull(scratch);
    this.logins = new GitLogins(requireNonNull(secrets));
    this.limits = requireNonNull(limits);
    IsolatedSystem.install();
  }

  /**
   * Asks the remote what a name means now: a branch before a tag before another reference, as
   * BuildKit does.
   *
   * @throws BuildException when it can't be asked, has no such name, or the commit is another one
   *     than the address insists on
   */
  public GitCommit resolve(GitAddress address) throws IOException, InterruptedException {
    String wanted = address.ref();
    if (wanted.length() == ID && ABBREVIATION.matcher(wanted).matches()) {
      return checked(address, new GitCommit(wanted, ""));
    }
    Map<String, Ref> known = new TreeMap<>();
    try (GitFetch fetch = new GitFetch(scratch, logins, limits)) {
      Collection<Ref> refs = fetch.list(address);
      refs.forEach(ref -> known.put(ref.getName(), ref));
    }
    if (wanted.isEmpty()) {
      Ref head = known.get(Constants.HEAD);
      if (head == null || head.getObjectId() == null) {
        throw new BuildException("the git repository " + address.remote() + " is empty");
      }
      String branch = head.isSymbolic() ? head.getTarget().getName() : Constants.HEAD;
      return checked(address, new GitCommit(head.getObjectId().name(), branch));
    }
    String plain = wanted.startsWith("refs/") ? wanted.substring("refs/".length()) : wanted;
    for (String name :
        new String[] {"refs/heads/" + wanted, "refs/tags/" + wanted, "refs/" + plain}) {
      Ref ref = known.get(name);
      if (ref != null) {
        String id =
            (ref.getPeeledObjectId() == null ? ref.getObjectId() : ref.getPeeledObjectId()).name();
        return checked(address, new GitCommit(id, name));
      }
    }
    if (ABBREVIATION.matcher(wanted).matches()) {
      return new GitCommit(wanted, "");
    }
    throw new BuildException("repository " + address.remote() + " does not contain ref " + wanted);
  }

  private static GitCommit checked(GitAddress address, GitCommit commit) {
    if (!commit.id().startsWith(address.checksum())) {
      throw new BuildException(
          "expected checksum to match " + address.checksum() + ", got " + commit.id());
    }
    return commit;
  }

  /**
   * Fetches a commit and shows its files, or those of the address's directory.
   *
   * @throws BuildException when it can't be had, is too large or takes too long
   */
  public FileTree fetch(GitAddress address, GitCommit commit)
      throws IOException, InterruptedException {
    GitFetch fetch = new GitFetch(scratch, logins, limits);
    boolean done = false;
    try {
      FileTree tree = fetch.files(address, commit);
      done = true;
      return tree;
    } finally {
      if (!done) {
        fetch.close();
      }
    }
  }
}
