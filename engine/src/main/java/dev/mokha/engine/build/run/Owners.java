package dev.mokha.engine.build.run;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.snapshots.RootedTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Who files belong to, as {@code --chown=user:group} says.
 *
 * @param uid user
 * @param gid group
 */
record Owners(long uid, long gid) {
  private static final int MAX_BYTES = 4 << 20;
  private static final String FAILED = "unable to convert uid/gid chown string to host mapping: ";

  /**
   * Finds them in a root's /etc/passwd and /etc/group; a group that is not named has the user's
   * number.
   *
   * @throws BuildException in Docker's words when there is no such name
   */
  static Owners resolve(Path root, String text) throws IOException {
    int colon = text.indexOf(':');
    String user = colon < 0 ? text : text.substring(0, colon);
    String group = colon < 0 ? user : text.substring(colon + 1);
    if (colon >= 0 && text.indexOf(':', colon + 1) >= 0) {
      throw new BuildException(FAILED + "invalid chown string parsing: " + text);
    }
    long uid =
        id(root, "/etc/passwd", user)
            .orElseThrow(
                () ->
                    new BuildException(
                        FAILED + "can't find uid for user " + user + ": no such user: " + user));
    long gid =
        id(root, "/etc/group", group)
            .orElseThrow(
                () ->
                    new BuildException(
                        FAILED
                            + "can't find gid for group "
                            + group
                            + ": no such group: "
                            + group));
    return new Owners(uid, gid);
  }

  private static Optional<Long> id(Path root, String file, String name) throws IOException {
    try {
      long number = Long.parseLong(name);
      if (number >= 0 && number <= 0xfffffffeL) {
        return Optional.of(number);
      }
    } catch (NumberFormatException notANumber) {
      // It is a name.
    }
    Path path = new RootedTree(root).find(file);
    if (path == null
        || !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        || Files.size(path) > MAX_BYTES) {
      return Optional.empty();
    }
    String text = new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
    for (String line : text.lines().toList()) {
      // name:password:id:...
      List<String> fields = List.of(line.split(":", -1));
      if (fields.size() > 2 && fields.get(0).equals(name)) {
        try {
          return Optional.of(Long.parseLong(fields.get(2)));
        } catch (NumberFormatException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}
