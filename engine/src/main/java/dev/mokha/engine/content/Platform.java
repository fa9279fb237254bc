package dev.mokha.engine.content;

import dev.mokha.engine.EngineException;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What an image is for, in Go's names.
 *
 * @param os such as {@code linux}
 * @param architecture such as {@code arm64}
 * @param variant such as {@code v8}; empty for any
 */
public record Platform(String os, String architecture, String variant) {
  private static final Set<String> SYSTEMS =
      Set.of("linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "solaris");

  /**
   * Reads one.
   *
   * @param text {@code os/architecture[/variant]}, or one of the first two; empty for this
   *     machine's
   * @throws EngineException INVALID when it is none
   */
  public static Platform parse(String text) {
    List<String> parts = List.of(text.toLowerCase(Locale.ROOT).split("/", -1));
    if (text.isEmpty()) {
      return new Platform("linux", Manifest.architecture(), "");
    }
    if (parts.size() > 3 || parts.stream().anyMatch(part -> !part.matches("[a-z0-9_.-]+"))) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "\"" + text + "\" is not a platform; platforms look like linux/arm64 or linux/arm/v7");
    }
    if (parts.size() == 1) {
      return SYSTEMS.contains(text)
          ? new Platform(text, Manifest.architecture(), "")
          : named("linux", parts.getFirst(), "");
    }
    return named(parts.get(0), parts.get(1), parts.size() > 2 ? parts.get(2) : "");
  }

  private static Platform named(String os, String architecture, String variant) {
    return switch (architecture) {
      case "x86_64", "x86-64" -> new Platform(os, "amd64", variant);
      case "aarch64" -> new Platform(os, "arm64", variant);
      case "armhf" -> new Platform(os, "arm", variant.isEmpty() ? "v7" : variant);
      case "armel" -> new Platform(os, "arm", variant.isEmpty() ? "v6" : variant);
      case "i386" -> new Platform(os, "386", variant);
      default -> new Platform(os, architecture, variant);
    };
  }

  /**
   * Whether an image of a platform serves who asks for this one: an image that does not say what it
   * is for serves everybody, and without a variant here any will do.
   */
  public boolean takes(Platform image) {
    return (image.os.isEmpty() || image.os.equals(os))
        && (image.architecture.isEmpty() || image.architecture.equals(architecture))
        && (variant.isEmpty()
            || image.architecture.isEmpty()
            || variant(architecture, variant).equals(variant(architecture, image.variant)));
  }

  /** As users write it: {@code linux/arm64}, {@code linux/arm/v7}. */
  public String text() {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }

  /** What an architecture's variant is when nobody says. */
  static String variant(String architecture, String said) {
    if (!said.isEmpty()) {
      return said;
    }
    return switch (architecture) {
      case "arm64" -> "v8";
      case "arm" -> "v7";
      case "amd64" -> "v1";
      default -> "";
    };
  }
}
