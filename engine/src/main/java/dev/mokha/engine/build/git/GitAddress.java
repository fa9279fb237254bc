package dev.mokha.engine.build.git;

import dev.mokha.engine.build.BuildException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which files of which commit of which repository, as Docker's users write it (Docker's manual,
 * "Build context", URL fragments and URL queries): {@code https://host/app.git#ref:directory}, or
 * {@code https://host/app.git?branch=main&subdir=docker}.
 *
 * @param remote the repository, without user and password: http, https or git
 * @param login user and password of the address, {@code user:password}; empty for none. In no
 *     message and no text of this record
 * @param ref a branch, a tag, a full name or a commit; empty for the remote's default branch
 * @param checksum digits that the commit's id must begin with; empty for any
 * @param directory the directory of the repository that is meant; empty for all
 * @param keepGitDirectory whether {@code .git} is among the files
 * @param submodules whether submodules are fetched
 */
public record GitAddress(
    URI remote,
    String login,
    String ref,
    String checksum,
    String directory,
    boolean keepGitDirectory,
    boolean submodules) {
  private static final Pattern OVER_HTTP = Pattern.compile("https?://[^#?]*\\.git([#?].*)?");
  private static final Pattern OVER_SSH =
      Pattern.compile("ssh://.*|[A-Za-z0-9][\\w.-]*@[\\w.-]+:.*");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{1,64}");

  /** Whether a text names a git repository where it can't be a path: the source of an ADD. */
  public static boolean isGit(String text) {
    return text.startsWith("git://")
        || OVER_SSH.matcher(text).matches()
        || OVER_HTTP.matcher(text).matches();
  }

  /** The same where paths are meant otherwise: {@code github.com/team/app} is one too. */
  public static boolean isContext(String text) {
    return isGit(text) || text.startsWith("github.com/");
  }

  /**
   * Reads one.
   *
   * @throws BuildException when it is malformed, or of a kind that is not fetched
   */
  public static GitAddress parse(String text) {
    if (OVER_SSH.matcher(text).matches()) {
      throw new BuildException(
          "git over SSH is not available to the builder: give the repository's https address");
    }
    String whole = text.startsWith("github.com/") ? "https://" + text : text;
    int hash = whole.indexOf('#');
    String fragment = hash < 0 ? "" : whole.substring(hash + 1);
    String beforeFragment = hash < 0 ? whole : whole.substring(0, hash);
    int question = beforeFragment.indexOf('?');
    String query = question < 0 ? "" : beforeFragment.substring(question + 1);
    URI uri = uri(question < 0 ? beforeFragment : beforeFragment.substring(0, question));
    GitAddress address =
        new GitAddress(
            bare(uri), Optional.ofNullable(uri.getUserInfo()).orElse(""), "", "", "", false, true);
    if (!fragment.isEmpty()) {
      int colon = fragment.indexOf(':');
      address =
          address.at(
              decoded(colon < 0 ? fragment : fragment.substring(0, colon)),
              colon < 0 ? "" : decoded(fragment.substring(colon + 1)));
    }
    for (String pair : query.split("&", -1)) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        address =
            address.with(
                equals < 0 ? pair : pair.substring(0, equals),
                equals < 0 ? "" : decoded(pair.substring(equals + 1)));
      }
    }
    return address;
  }

  private static URI uri(String text) {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      // Not with the address: it may have a password in it.
      throw new BuildException("invalid address of a git repository: " + e.getReason());
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https") && !scheme.equals("git")) {
      throw new BuildException(
          "a git repository is fetched over https, http or git, not over \"" + scheme + "\"");
    }
    if (uri.getHost() == null || uri.getPath() == null || uri.getPath().length() < 2) {
      throw new BuildException("the address of a git repository needs a host and a path");
    }
    return uri;
  }

  private static URI bare(URI uri) {
    String host = uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    return URI.create(uri.getScheme().toLowerCase(Locale.ROOT) + "://" + host + uri.getRawPath());
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new BuildException("invalid escape in the address of a git repository: " + text, e);
    }
  }

  private GitAddress with(String key, String value) {
    return switch (key) {
      case "ref" -> at(value, directory);
      case "branch" -> at("refs/heads/" + value, directory);
      case "tag" -> at("refs/tags/" + value, directory);
      case "subdir" -> at(ref, value);
      case "checksum", "commit" -> withChecksum(value);
      case "keep-git-dir" -> withGitDirectory(bool(key, value));
      case "submodules" ->
          new GitAddress(
              remote, login, ref, checksum, directory, keepGitDirectory, bool(key, value));
      default -> throw new BuildException("unexpected query \"" + key + "\"");
    };
  }

  private static boolean bool(String key, String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "", "1", "true", "t" -> true;
      case "0", "false", "f" -> false;
      default -> throw new BuildException("invalid " + key + " value: \"" + value + "\"");
    };
  }

  private GitAddress at(String newRef, String newDirectory) {
    return new GitAddress(
        remote, login, newRef, checksum, newDirectory, keepGitDirectory, submodules);
  }

  /**
   * The same, of a commit whose id begins with certain digits.
   *
   * @throws BuildException when they are no digits of an id
   */
  public GitAddress withChecksum(String digits) {
    if (!COMMIT.matcher(digits).matches()) {
      throw new BuildException(
          "invalid checksum \"" + digits + "\": of a git repository it is a commit's id");
    }
    if (!checksum.isEmpty() && !checksum.equals(digits)) {
      throw new BuildException("expected checksum to match " + checksum + ", got " + digits);
    }
    return new GitAddress(remote, login, ref, digits, directory, keepGitDirectory, submodules);
  }

  /** The same with or without {@code .git}. */
  public GitAddress withGitDirectory(boolean keep) {
    return new GitAddress(remote, login, ref, checksum, directory, keep, submodules);
  }

  /** A submodule's repository, which is reached with the same login if it is on the same host. */
  GitAddress submodule(URI there, String commit) {
    boolean same =
        there.getScheme().equals(remote.getScheme())
            && there.getAuthority().equals(remote.getAuthority());
    return new GitAddress(there, same ? login : "", commit, "", "", false, true);
  }

  /** Without user and password. */
  @Override
  public String toString() {
    return remote
        + (ref.isEmpty() && directory.isEmpty() ? "" : "#" + ref)
        + (directory.isEmpty() ? "" : ":" + directory);
  }
}
