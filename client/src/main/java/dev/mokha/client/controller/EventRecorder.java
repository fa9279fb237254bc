package dev.mokha.client.controller;

import dev.mokha.client.ApiClient;
import io.fabric8.kubernetes.api.model.HasMetadata;

/**
 * Tells users what happened, as Event objects. Repetitions are counted in one object (KEP-383's
 * aggregation); nothing here blocks or fails its caller.
 */
public interface EventRecorder {
  /** A normal event. */
  void normal(HasMetadata about, String reason, String message);

  /** Something a user should look at. */
  void warning(HasMetadata about, String reason, String message);

  /** The same, about a part of the object such as {@code spec.containers{web}}. */
  void record(HasMetadata about, String fieldPath, String type, String reason, String message);

  /**
   * A recorder that writes through a client.
   *
   * @param component who speaks, such as {@code kubelet}
   * @param host the node it speaks from; empty for none
   */
  static EventRecorder of(ApiClient client, String component, String host) {
    return new ApiEventRecorder(client, component, host);
  }
}
