package dev.mokha.docker.http;

/**
 * A version of the Docker Engine API.
 *
 * @param major 1
 * @param minor 24 to 50
 */
public record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {
  /** What is spoken when a path names no version: the newest. */
  public static final ApiVersion NEWEST = new ApiVersion(1, 50);

  /** The oldest that is spoken. */
  public static final ApiVersion OLDEST = new ApiVersion(1, 24);

  /**
   * Reads {@code 1.43}.
   *
   * @throws DockerException 400 when it is too old or too new, or no version
   */
  static ApiVersion parse(String text) {
    ApiVersion version;
    String[] parts = text.split("\\.", -1);
    try {
      version =
          new ApiVersion(
              Integer.parseInt(parts[0]), parts.length > 1 ? Integer.parseInt(parts[1]) : 0);
    } catch (NumberFormatException e) {
      throw new DockerException(400, "invalid API version: " + text);
    }
    if (version.compareTo(OLDEST) < 0) {
      throw new DockerException(
          400,
          "client version "
              + text
              + " is too old. Minimum supported API version is "
              + OLDEST
              + ", please upgrade your client to a newer version");
    }
    if (version.compareTo(NEWEST) > 0) {
      throw new DockerException(
          400,
          "client version " + text + " is too new. Maximum supported API version is " + NEWEST);
    }
    return version;
  }

  /** Whether this is 1.{@code minor} or newer. */
  public boolean atLeast(int minorVersion) {
    return major > 1 || minor >= minorVersion;
  }

  @Override
  public int compareTo(ApiVersion other) {
    return major != other.major
        ? Integer.compare(major, other.major)
        : Integer.compare(minor, other.minor);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
