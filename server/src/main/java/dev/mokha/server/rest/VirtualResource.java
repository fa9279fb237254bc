package dev.mokha.server.rest;

import dev.mokha.server.authentication.UserInfo;
import tools.jackson.databind.node.ObjectNode;

/**
 * A resource, or a subresource, that is answered and not stored, such as {@code tokenreviews} or
 * {@code serviceaccounts/token}: what is posted comes back filled in.
 */
@FunctionalInterface
public interface VirtualResource {
  /**
   * Answers a POST. Authorization of the POST itself has been done.
   *
   * @param call who posts, and to what
   * @param body what was posted, defaulted and pruned; the handler may change and return it
   * @return the answer, with {@code apiVersion} and {@code kind}
   * @throws dev.mokha.api.error.StatusException to refuse
   */
  ObjectNode create(Call call, ObjectNode body);

  /**
   * A POST to a virtual resource.
   *
   * @param user who posts
   * @param namespace of the path; empty outside namespaces
   * @param name of the path, for a subresource the name of its object; else empty
   * @param dryRun whether effects are to be left out
   */
  record Call(UserInfo user, String namespace, String name, boolean dryRun) {}
}
