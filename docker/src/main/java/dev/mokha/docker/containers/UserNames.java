package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.linux.OpenDirectory;
import java.io.IOException;

/** Users and groups by name, as a container's own files say. */
final class UserNames {
  private UserNames() {}

  /** User and group of {@code user[:group]}. */
  static long[] resolve(String text, OpenDirectory root) throws IOException {
    int colon = text.indexOf(':');
    String user = colon < 0 ? text : text.substring(0, colon);
    String group = colon < 0 ? "" : text.substring(colon + 1);
    long uid = -1;
    long gid = 0;
    for (String line : ArchiveRoutes.lines(root, "/etc/passwd")) {
      String[] fields = line.split(":", -1);
      if (fields.length > 3 && (fields[0].equals(user) || fields[2].equals(user))) {
        uid = Long.parseLong(fields[2]);
        gid = Long.parseLong(fields[3]);
        break;
      }
    }
    if (uid < 0) {
      uid = number(user, "unable to find user " + user + ": no matching entries in passwd file");
    }
    if (!group.isEmpty()) {
      gid = -1;
      for (String line : ArchiveRoutes.lines(root, "/etc/group")) {
        String[] fields = line.split(":", -1);
        if (fields.length > 2 && fields[0].equals(group)) {
          gid = Long.parseLong(fields[2]);
        }
      }
      if (gid < 0) {
        gid =
            number(group, "unable to find group " + group + ": no matching entries in group file");
      }
    }
    return new long[] {uid, gid};
  }

  private static long number(String text, String otherwise) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw DockerException.invalid(otherwise);
    }
  }
}
