package dev.mokha.registry.storage;

import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import java.util.regex.Pattern;

/**
 * A repository's name (distribution spec, "Pulling manifests"). It is safe as a path: no part of it
 * begins with a point or an underscore.
 *
 * @param value such as {@code team/app}; of a mirrored one with the host before it
 */
public record RepositoryName(String value) implements Comparable<RepositoryName> {
  private static final int LONGEST = 255;
  private static final Pattern PATH =
      Pattern.compile(
          "[a-z0-9]++(?:(?:\\.|__?|-++)[a-z0-9]++)*+(?:/[a-z0-9]++(?:(?:\\.|__?|-++)[a-z0-9]++)*+)*+");
  private static final Pattern HOST =
      Pattern.compile("[a-z0-9]++(?:[.-]++[a-z0-9]++)*+(?::[0-9]{1,5})?");

  /**
   * Reads a name.
   *
   * @throws RegistryException when it is none
   */
  public static RepositoryName parse(String text) {
    if (text.length() > LONGEST || !PATH.matcher(text).matches()) {
      String shown = text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
      throw new RegistryException(
          ErrorCode.NAME_INVALID,
          "\""
              + shown
              + "\" is not a repository's name; names look like team/app, in lower case, of up to"
              + " 255 characters");
    }
    return new RepositoryName(text);
  }

  /** The name under which a repository of another registry is kept. */
  public static RepositoryName mirrored(String host, RepositoryName name) {
    if (!isHost(host)) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID, "\"" + host + "\" is not a registry's host");
    }
    return new RepositoryName(host + "/" + name.value());
  }

  /** Whether a text is a host with an optional port, as image names have it. */
  public static boolean isHost(String text) {
    return text.length() <= LONGEST && HOST.matcher(text).matches();
  }

  /** The part before the first slash; the whole name when it has none. */
  public String first() {
    int slash = value.indexOf('/');
    return slash < 0 ? value : value.substring(0, slash);
  }

  /** Whether it has more than one part. */
  public boolean isNested() {
    return value.indexOf('/') >= 0;
  }

  @Override
  public int compareTo(RepositoryName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
