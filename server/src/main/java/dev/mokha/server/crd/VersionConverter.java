package dev.mokha.server.crd;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Turns objects of one version of a custom resource into another, by the definition's strategy. */
interface VersionConverter {
  /** The strategy {@code None}: nothing but the name of the version changes. */
  VersionConverter NONE =
      (objects, apiVersion) -> {
        objects.forEach(o -> o.put("apiVersion", apiVersion));
        return objects;
      };

  /**
   * Converts, keeping the order.
   *
   * @param objects of any versions but the wanted one; the receiver may change and return them
   * @throws dev.mokha.api.error.StatusException when it can't
   */
  List<ObjectNode> convert(List<ObjectNode> objects, String apiVersion);
}
