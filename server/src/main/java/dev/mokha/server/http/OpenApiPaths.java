package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.openapi.CustomType;
import dev.mokha.api.openapi.OpenApi;
import dev.mokha.api.openapi.OpenApi.Document;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.server.aggregation.Aggregator;
import dev.mokha.server.rest.Catalog;
import dev.mokha.server.rest.ServedResource;
import io.vertx.core.http.HttpServerRequest;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** The documents under {@code /openapi}. */
final class OpenApiPaths {
  private static final String V3 = "/openapi/v3";

  private final OpenApi openApi =
      new OpenApi(BuiltinSchemas.get(), BuiltinResources.get(), Version.gitVersion());

  private final OpenApiMerge merge;
  private final Catalog catalog;
  private final AtomicLong shown = new AtomicLong();
  private Map<ServedResource, CustomType> custom = new IdentityHashMap<>();

  /** Documents of what is served, with what extension servers say of themselves. */
  OpenApiPaths(Catalog catalog, Aggregator aggregator) {
    this.catalog = requireNonNull(catalog, "catalog");
    this.merge = new OpenApiMerge(aggregator);
  }

  /** Shows what is served now; documents of what has not changed are kept. */
  private void follow() {
    if (catalog.number() == shown.get()) {
      return;
    }
    synchronized (this) {
      long number = catalog.number();
      if (number == shown.get()) {
        return;
      }
      Map<ServedResource, CustomType> now = new IdentityHashMap<>();
      for (ServedResource r : catalog.all()) {
        if (r.isCustom()) {
          CustomType known = custom.get(r);
          now.put(
              r,
              known != null ? known : new CustomType(r.type(), r.listKind(), r.custom().openApi()));
        }
      }
      custom = now;
      openApi.show(now.values());
      // Had the catalog changed again meanwhile, the next request looks again.
      shown.set(number);
    }
  }

  /** The answer; null when there is nothing at that path. */
  Reply answer(String path, HttpServerRequest request) {
    follow();
    if (path.equals("/openapi/v2")) {
      String accept = request.getHeader("Accept");
      // Clients write the media type with an @, which the standard does not allow in answers.
      return accept != null && accept.contains("proto-openapi")
          ? document(
              merge.v2Protobuf(openApi.v2Protobuf(), openApi::v2Json), OpenApi.V2_PROTOBUF, request)
          : document(merge.v2Json(openApi.v2Json()), "application/json", request);
    }
    if (path.equals(V3) || path.equals(V3 + "/")) {
      return document(merge.v3Index(openApi.v3Index()), "application/json", request);
    }
    if (path.startsWith(V3 + "/")) {
      String place = path.substring(V3.length() + 1);
      return merge
          .v3(place)
          .or(() -> openApi.v3(place))
          .map(d -> document(d, "application/json", request))
          .orElse(null);
    }
    return null;
  }

  private static Reply document(Document document, String type, HttpServerRequest request) {
    String etag = "\"" + document.hash() + "\"";
    boolean known = etag.equals(request.getHeader("If-None-Match"));
    return new Reply(
        known ? 304 : 200,
        type,
        new Body.Bytes(known ? new byte[0] : document.bytes()),
        Map.of("ETag", etag),
        List.of());
  }
}
