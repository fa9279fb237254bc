package dev.mokha.client;

/**
 * What to list or watch.
 *
 * @param labelSelector in its text form; empty for all
 * @param fieldSelector in its text form; empty for all
 * @param resourceVersion where a watch begins, or how fresh a list must be; empty for the newest
 * @param limit the most objects of a page; 0 for all
 * @param continueToken from the page before; empty for the first
 * @param allowBookmarks whether a watch gets bookmarks
 * @param timeoutSeconds when the server ends a watch; 0 for its own choice
 */
public record ListOptions(
    String labelSelector,
    String fieldSelector,
    String resourceVersion,
    int limit,
    String continueToken,
    boolean allowBookmarks,
    int timeoutSeconds) {
  /** Everything, newest. */
  public static final ListOptions ALL = new ListOptions("", "", "", 0, "", false, 0);

  /** All objects that a label selector matches. */
  public static ListOptions labels(String selector) {
    return new ListOptions(selector, "", "", 0, "", false, 0);
  }

  /** All objects that a field selector matches. */
  public static ListOptions fields(String selector) {
    return new ListOptions("", selector, "", 0, "", false, 0);
  }

  /** A watch of the same objects from a revision, with bookmarks. */
  public ListOptions from(String revision) {
    return new ListOptions(labelSelector, fieldSelector, revision, 0, "", true, timeoutSeconds);
  }

  /** The page after the one that gave this token. */
  public ListOptions next(String token) {
    return new ListOptions(
        labelSelector, fieldSelector, "", limit, token, allowBookmarks, timeoutSeconds);
  }
}
