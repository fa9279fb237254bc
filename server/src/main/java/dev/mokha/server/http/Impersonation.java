package dev.mokha.server.http;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.authorization.Attributes;
import dev.mokha.server.pipeline.Pipeline;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Acting as someone else ({@code kubectl --as}), for those who may. */
final class Impersonation {
  private static final String ACCOUNT = "system:serviceaccount:";
  private static final String EXTRA = "impersonate-extra-";

  private Impersonation() {}

  static UserInfo of(HttpServerRequest request, UserInfo user, Pipeline pipeline) {
    MultiMap headers = request.headers();
    String name = headers.get("Impersonate-User");
    if (name == null || name.isEmpty()) {
      if (headers.contains("Impersonate-Group") || headers.contains("Impersonate-Uid")) {
        throw StatusException.badRequest(
            "requested [groups or uid], without impersonating a user");
      }
      return user;
    }
    List<String> groups = new ArrayList<>(headers.getAll("Impersonate-Group"));
    String uid = headers.contains("Impersonate-Uid") ? headers.get("Impersonate-Uid") : "";
    Map<String, List<String>> extra = extra(headers);
    if (name.startsWith(ACCOUNT) && name.substring(ACCOUNT.length()).indexOf(':') > 0) {
      String[] parts = name.substring(ACCOUNT.length()).split(":", 2);
      check(pipeline, user, "", "serviceaccounts", "", parts[0], parts[1]);
      if (groups.isEmpty()) {
        groups.add("system:serviceaccounts");
        groups.add("system:serviceaccounts:" + parts[0]);
      }
    } else {
      check(pipeline, user, "", "users", "", "", name);
    }
    for (String group : headers.getAll("Impersonate-Group")) {
      check(pipeline, user, "", "groups", "", "", group);
    }
    if (!uid.isEmpty()) {
      check(pipeline, user, "authentication.k8s.io", "uids", "", "", uid);
    }
    extra.forEach(
        (key, values) ->
            values.forEach(
                v ->
                    check(pipeline, user, "authentication.k8s.io", "userextras", key, "", v)));
    if (name.equals(UserInfo.ANONYMOUS.name())) {
      groups.add(UserInfo.UNAUTHENTICATED);
    } else if (!groups.contains(UserInfo.AUTHENTICATED)) {
      groups.add(UserInfo.AUTHENTICATED);
    }
    return new UserInfo(name, uid, groups, extra);
  }

  private static Map<String, List<String>> extra(MultiMap headers) {
    Map<String, List<String>> extra = new LinkedHashMap<>();
    for (String header : headers.names()) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith(EXTRA)) {
        String key = URLDecoder.decode(lower.substring(EXTRA.length()), StandardCharsets.UTF_8);
        extra.put(key, List.copyOf(headers.getAll(header)));
      }
    }
    return extra;
  }

  private static void check(
      Pipeline pipeline,
      UserInfo user,
      String group,
      String resource,
      String subresource,
      String namespace,
      String name) {
    pipeline.authorize(
        Attributes.ofResource(
            user, "impersonate", group, "v1", resource, subresource, namespace, name));
  }
}
