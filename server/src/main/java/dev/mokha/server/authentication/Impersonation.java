package dev.mokha.server.authentication;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.authorization.Attributes;
import dev.mokha.server.authorization.Authorizer;
import dev.mokha.server.authorization.Decision;
import dev.mokha.server.authorization.Refusal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Acting as somebody else: the {@code Impersonate-User}, {@code -Group}, {@code -Uid} and {@code
 * -Extra-*} headers. Each part takes the right to {@code impersonate} it.
 */
public final class Impersonation {
  private static final String PREFIX = "impersonate-";
  private static final String EXTRA = "impersonate-extra-";
  private static final String SERVICE_ACCOUNT = "system:serviceaccount:";

  private Impersonation() {}

  /**
   * The user a request acts as: the asker himself when it has no such header.
   *
   * @param headers all headers of the request, in any case
   * @throws StatusException forbidden, or a bad request when a part lacks the user's name
   */
  public static UserInfo resolve(
      UserInfo asker, Iterable<Map.Entry<String, String>> headers, Authorizer authorizer) {
    String user = "";
    String uid = "";
    List<String> groups = new ArrayList<>();
    Map<String, List<String>> extra = new HashMap<>();
    boolean any = false;
    for (Map.Entry<String, String> header : headers) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (!name.startsWith(PREFIX)) {
        continue;
      }
      any = true;
      if (name.equals("impersonate-user")) {
        user = header.getValue();
      } else if (name.equals("impersonate-uid")) {
        uid = header.getValue();
      } else if (name.equals("impersonate-group")) {
        groups.add(header.getValue());
      } else if (name.startsWith(EXTRA)) {
        String key = URLDecoder.decode(name.substring(EXTRA.length()), StandardCharsets.UTF_8);
        extra.computeIfAbsent(key, k -> new ArrayList<>()).add(header.getValue());
      }
    }
    if (!any) {
      return asker;
    }
    if (user.isEmpty()) {
      throw StatusException.badRequest(
          "requested impersonation of parts of a user without impersonating a user");
    }
    check(asker, user, uid, groups, extra, authorizer);
    return impersonated(user, uid, groups, extra);
  }

  private static void check(
      UserInfo asker,
      String user,
      String uid,
      List<String> groups,
      Map<String, List<String>> extra,
      Authorizer authorizer) {
    List<Attributes> wishes = new ArrayList<>();
    String[] account = serviceAccount(user);
    wishes.add(
        account == null
            ? wish(asker, "", "users", "", "", user)
            : wish(asker, "", "serviceaccounts", "", account[0], account[1]));
    for (String group : groups) {
      wishes.add(wish(asker, "", "groups", "", "", group));
    }
    if (!uid.isEmpty()) {
      wishes.add(wish(asker, "authentication.k8s.io", "uids", "", "", uid));
    }
    extra.forEach(
        (key, values) ->
            values.forEach(
                v -> wishes.add(wish(asker, "authentication.k8s.io", "userextras", key, "", v))));
    for (Attributes wish : wishes) {
      Decision decision = authorizer.authorize(wish);
      if (!decision.allowed()) {
        throw Refusal.of(wish, decision);
      }
    }
  }

  private static Attributes wish(
      UserInfo asker, String group, String resource, String sub, String namespace, String name) {
    return Attributes.ofResource(asker, "impersonate", group, "v1", resource, sub, namespace, name);
  }

  private static UserInfo impersonated(
      String user, String uid, List<String> groups, Map<String, List<String>> extra) {
    List<String> all = new ArrayList<>(groups);
    String[] account = serviceAccount(user);
    if (account != null && groups.isEmpty()) {
      all.add("system:serviceaccounts");
      all.add("system:serviceaccounts:" + account[0]);
    }
    boolean anonymous = user.equals(UserInfo.ANONYMOUS.name());
    String proof = anonymous ? UserInfo.UNAUTHENTICATED : UserInfo.AUTHENTICATED;
    if (!all.contains(UserInfo.AUTHENTICATED) && !all.contains(proof)) {
      all.add(proof);
    }
    return new UserInfo(user, uid, all, extra);
  }

  private static String[] serviceAccount(String user) {
    if (!user.startsWith(SERVICE_ACCOUNT)) {
      return null;
    }
    String[] parts = user.substring(SERVICE_ACCOUNT.length()).split(":", -1);
    return parts.length == 2 && !parts[0].isEmpty() && !parts[1].isEmpty() ? parts : null;
  }
}
