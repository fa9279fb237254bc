package dev.mokha.docker.images;

import dev.mokha.docker.http.DockerException;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.Reference;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Names as Docker's users write and read them: without {@code docker.io/library/}, and Docker's
 * words for those that can't be names.
 */
public final class ImageNames {
  private static final String HUB = "docker.io/";
  private static final String LIBRARY = "library/";

  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

  private ImageNames() {}

  /** Whether a word can be a tag. */
  static boolean isTag(String text) {
    return TAG.matcher(text).matches();
  }

  /** The short form of a complete name, tag and digest included. */
  public static String familiar(String complete) {
    if (!complete.startsWith(HUB)) {
      return complete;
    }
    String rest = complete.substring(HUB.length());
    boolean library = rest.startsWith(LIBRARY) && rest.indexOf('/', LIBRARY.length()) < 0;
    return library ? rest.substring(LIBRARY.length()) : rest;
  }

  /**
   * Reads a name.
   *
   * @throws DockerException 400 in Docker's words
   */
  public static Reference parse(String text) {
    try {
      return Reference.parse(text);
    } catch (EngineException e) {
      throw invalid(text);
    }
  }

  /**
   * The name that an image is to get, of the parameters {@code repo} and {@code tag}; empty when it
   * is to get none.
   *
   * @param digest what is said of a name with a digest, which can't be given
   * @throws DockerException 400
   */
  public static String toGive(String repository, String tag, String digest) {
    if (repository.isEmpty()) {
      return "";
    }
    Reference reference = parse(tag.isEmpty() ? repository : repository + ":" + tag);
    if (reference.digest().isPresent()) {
      throw DockerException.invalid(digest);
    }
    return reference.tagged();
  }

  private static DockerException invalid(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (!lower.equals(text) && parses(lower)) {
      int colon = text.lastIndexOf(':');
      String name = colon > text.lastIndexOf('/') ? text.substring(0, colon) : text;
      int slash = name.indexOf('/');
      boolean hub = slash < 0 || !isRegistry(name.substring(0, slash));
      String path = !hub ? name.substring(slash + 1) : slash < 0 ? LIBRARY + name : name;
      return DockerException.invalid(
          "invalid reference format: repository name (" + path + ") must be lowercase");
    }
    return DockerException.invalid("invalid reference format");
  }

  private static boolean isRegistry(String first) {
    return first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost");
  }

  private static boolean parses(String text) {
    try {
      Reference.parse(text);
      return true;
    } catch (EngineException e) {
      return false;
    }
  }

  /**
   * The image that a user means, by name, id or the beginning of an id.
   *
   * @throws DockerException 404 or 400 in Docker's words
   */
  public static Image find(Images images, String text) {
    return find(images, text, ImageNames::missing);
  }

  private static Image find(
      Images images, String text, java.util.function.Function<String, DockerException> missing) {
    try {
      return images.find(text).orElseThrow(() -> missing.apply(text));
    } catch (EngineException e) {
      if (e.code() == EngineException.Code.INVALID) {
        throw invalid(text);
      }
      throw e;
    }
  }

  /** What Docker says of an image that is not here. */
  public static DockerException missing(String text) {
    if (text.matches("(sha256:)?[0-9a-f]{64}")) {
      return DockerException.notFound("No such image: " + text);
    }
    try {
      return DockerException.notFound(
          "No such image: " + familiar(Reference.parse(text).toString()));
    } catch (EngineException e) {
      return invalid(text);
    }
  }
}
