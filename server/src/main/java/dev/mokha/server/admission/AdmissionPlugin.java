package dev.mokha.server.admission;

/**
 * One rule of the house. For every write the pipeline calls {@link #mutate} of all plug-ins in
 * their order, then completes and validates the object, then calls {@link #validate} of all.
 *
 * <pre>{@code
 * final class NoLatestTag implements AdmissionPlugin {
 *   public String name() { return "NoLatestTag"; }
 *   public boolean handles(AdmissionRequest r) { return r.isCreateOf("", "pods"); }
 *   public void validate(AdmissionRequest r) {
 *     if (usesLatest(r.object())) throw r.refuse("images must name a version");
 *   }
 * }
 * }</pre>
 *
 * <p>It may run again for one request, when an update met a concurrent one, so it must not have
 * effects outside the request. It runs on a virtual thread and may block, but not for long. It
 * looks other objects up in {@link dev.mokha.server.storage.ObjectReader}.
 */
public interface AdmissionPlugin {
  /** Its name, as upstream calls it, such as {@code NamespaceLifecycle}. */
  String name();

  /** Whether it has anything to say about such a request. Cheap; must not look at the object. */
  boolean handles(AdmissionRequest request);

  /** Whether it comes after webhooks and policies, since it counts what is stored in the end. */
  default boolean isLast() {
    return false;
  }

  /**
   * Changes {@link AdmissionRequest#object()}.
   *
   * @throws dev.mokha.api.error.StatusException to refuse the request
   */
  default void mutate(AdmissionRequest request) {}

  /**
   * Judges the final object, which it must not change.
   *
   * @throws dev.mokha.api.error.StatusException to refuse the request
   */
  default void validate(AdmissionRequest request) {}
}
