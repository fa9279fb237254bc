package dev.mokha.engine.build.run;

import java.util.ArrayList;
import java.util.List;

/** Paths inside an image, by name alone. */
final class Paths {
  private Paths() {}

  /** The components of a path; {@code ..} ends at the root. */
  static List<String> components(String path) {
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        if (!parts.isEmpty()) {
          parts.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return parts;
  }

  /** A path as seen from a directory; absolute, without a slash at its end. */
  static String resolve(String directory, String path) {
    return "/" + String.join("/", components(path.startsWith("/") ? path : directory + "/" + path));
  }
}
