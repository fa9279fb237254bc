package dev.mokha.client.https;

import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ListOptions;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The path and query of a request. */
record ApiPath(String path, String query) {
  static ApiPath of(
      GroupVersionResource resource, String namespace, String name, String subresource) {
    StringBuilder path = new StringBuilder(resource.pathPrefix());
    if (!namespace.isEmpty()) {
      path.append("/namespaces/").append(encode(namespace));
    }
    path.append('/').append(resource.resource());
    if (!name.isEmpty()) {
      path.append('/').append(encode(name));
    }
    if (!subresource.isEmpty()) {
      path.append('/').append(subresource);
    }
    return new ApiPath(path.toString(), "");
  }

  ApiPath with(String key, String value) {
    if (value.isEmpty()) {
      return this;
    }
    return new ApiPath(path, query + (query.isEmpty() ? "?" : "&") + key + "=" + encode(value));
  }

  ApiPath select(ListOptions options) {
    return with("labelSelector", options.labelSelector())
        .with("fieldSelector", options.fieldSelector())
        .with("resourceVersion", options.resourceVersion());
  }

  ApiPath page(ListOptions options) {
    return with("limit", options.limit() == 0 ? "" : Integer.toString(options.limit()))
        .with("continue", options.continueToken());
  }

  ApiPath watch(ListOptions options) {
    int timeout = options.timeoutSeconds();
    return with("watch", "true")
        .with("allowWatchBookmarks", options.allowBookmarks() ? "true" : "")
        .with("timeoutSeconds", timeout == 0 ? "" : Integer.toString(timeout));
  }

  ApiPath manager(String fieldManager) {
    return with("fieldManager", fieldManager);
  }

  private static String encode(String text) {
    // Query encoding turns a space into +, which a path would take literally.
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public String toString() {
    return path + query;
  }
}
