package dev.mokha.server.aggregation;

import tools.jackson.databind.node.ObjectNode;

/**
 * What an extension server says of one group and version. Immutable and shared: read only.
 *
 * @param discovery the version's entry of {@code apidiscovery.k8s.io}, without its freshness; null
 *     when it was never told
 * @param current false when the server can't be reached, so that what is here may be out of date
 * @param openApiV3 its OpenAPI document; null for none
 * @param openApiV2 the part of its OpenAPI 2 document that is about this group and version: {@code
 *     paths} and the {@code definitions} they need; null for none
 */
public record RemoteDocuments(
    ObjectNode discovery, boolean current, OpenApiDocument openApiV3, OpenApiDocument openApiV2) {
  static final RemoteDocuments NONE = new RemoteDocuments(null, false, null, null);

  /**
   * A document.
   *
   * @param bytes JSON
   * @param hash of the bytes, hexadecimal
   * @param etag by which the extension server knows it
   */
  public record OpenApiDocument(byte[] bytes, String hash, String etag) {}

  RemoteDocuments stale() {
    return current ? new RemoteDocuments(discovery, false, openApiV3, openApiV2) : this;
  }

  RemoteDocuments with(ObjectNode newDiscovery) {
    return new RemoteDocuments(newDiscovery, true, openApiV3, openApiV2);
  }

  RemoteDocuments withOpenApi(OpenApiDocument v3, OpenApiDocument v2) {
    return new RemoteDocuments(discovery, current, v3, v2);
  }
}
