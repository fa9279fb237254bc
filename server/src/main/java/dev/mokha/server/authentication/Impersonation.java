package dev.mokha.server.authentication;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.server.authorization.Attributes;
import dev.mokha.server.authorization.Authorizer;
import dev.mokha.server.authorization.Decision;
import dev.mokha.server.authorization.Refusal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Acting as somebody else: the {@code Impersonate-User}, {@code -Group}, {@code -Uid} and {@code
 * -Extra-*} headers.
 *
 * <p>There are two ways to be allowed to. The old one takes the verb {@code impersonate} on every
 * part of the wanted user, and gives all that user may do. The constrained ones (KEP-5284) take two
 * rights: to be that kind of user ({@code impersonate:MODE} in {@code authentication.k8s.io}), and
 * to do this very thing as one ({@code impersonate-on:MODE:VERB} on what the request is about). The
 * modes are {@code user-info}, {@code serviceaccount}, {@code arbitrary-node} and {@code
 * associated-node}: the last is for a service account whose pod runs on that very node.
 */
public final class Impersonation {
  private static final String PREFIX = "impersonate-";
  private static final String EXTRA = "impersonate-extra-";
  private static final String SERVICE_ACCOUNT = "system:serviceaccount:";
  private static final String NODE = "system:node:";
  private static final String GROUP = "authentication.k8s.io";
  private static final String VERB = "impersonate";

  private Impersonation() {}

  /**
   * The user a request acts as: the asker himself when it has no such header.
   *
   * @param headers all headers of the request, in any case
   * @param purpose what the asker wants to do, with him as the user
   * @throws StatusException forbidden, or a bad request when a part lacks the user's name
   */
  public static UserInfo resolve(
      UserInfo asker,
      Iterable<Map.Entry<String, String>> headers,
      Purpose purpose,
      Authorizer authorizer) {
    Wanted wanted = Wanted.read(headers);
    if (wanted == null) {
      return asker;
    }
    if (wanted.user.isEmpty()) {
      throw StatusException.badRequest(
          "requested %s without impersonating a user name".formatted(wanted.describe()));
    }
    StatusException constrained = null;
    for (Mode mode : modes(asker, wanted)) {
      Attributes act = purpose.as(asker);
      Attributes on = act.withVerb("impersonate-on:" + mode.name + ":" + act.verb());
      if (!authorizer.authorize(on).allowed()) {
        continue;
      }
      Optional<StatusException> refused = refused(mode.wishes, authorizer);
      if (refused.isEmpty()) {
        return wanted.become(mode.name.endsWith("-node"));
      }
      constrained = refused.get();
    }
    Optional<StatusException> refused = refused(legacy(asker, wanted), authorizer);
    if (refused.isEmpty()) {
      return wanted.become(false);
    }
    throw constrained != null ? constrained : refused.get();
  }

  /** What a request is about, for a user. */
  @FunctionalInterface
  public interface Purpose {
    /** The wish with that user in it. */
    Attributes as(UserInfo user);
  }

  private record Mode(String name, List<Attributes> wishes) {}

  private static Optional<StatusException> refused(List<Attributes> wishes, Authorizer authorizer) {
    for (Attributes wish : wishes) {
      Decision decision = authorizer.authorize(wish);
      if (!decision.allowed()) {
        return Optional.of(Refusal.of(wish, decision));
      }
    }
    return Optional.empty();
  }

  private static List<Attributes> legacy(UserInfo asker, Wanted wanted) {
    List<Attributes> wishes = new ArrayList<>();
    String[] account = serviceAccount(wanted.user);
    wishes.add(
        account == null
            ? wish(asker, VERB, "", "users", "", "", wanted.user)
            : wish(asker, VERB, "", "serviceaccounts", "", account[0], account[1]));
    wanted.groups.forEach(g -> wishes.add(wish(asker, VERB, "", "groups", "", "", g)));
    addRest(wishes, asker, VERB, wanted);
    return wishes;
  }

  private static void addRest(List<Attributes> wishes, UserInfo asker, String verb, Wanted wanted) {
    if (!wanted.uid.isEmpty()) {
      wishes.add(wish(asker, verb, GROUP, "uids", "", "", wanted.uid));
    }
    wanted.extra.forEach(
        (key, values) ->
            values.forEach(v -> wishes.add(wish(asker, verb, GROUP, "userextras", key, "", v))));
  }

  /** The constrained modes that fit, the narrowest first. */
  private static List<Mode> modes(UserInfo asker, Wanted wanted) {
    String[] account = serviceAccount(wanted.user);
    if (wanted.user.startsWith(NODE)) {
      return wanted.isNameOnly()
          ? nodeModes(asker, wanted.user.substring(NODE.length()))
          : List.of();
    }
    if (account != null) {
      if (!wanted.isNameOnly()) {
        return List.of();
      }
      String verb = "impersonate:serviceaccount";
      return List.of(
          new Mode(
              "serviceaccount",
              List.of(wish(asker, verb, GROUP, "serviceaccounts", "", account[0], account[1]))));
    }
    String verb = "impersonate:user-info";
    List<Attributes> wishes = new ArrayList<>();
    wishes.add(wish(asker, verb, GROUP, "users", "", "", wanted.user));
    wanted.groups.forEach(g -> wishes.add(wish(asker, verb, GROUP, "groups", "", "", g)));
    addRest(wishes, asker, verb, wanted);
    return List.of(new Mode("user-info", wishes));
  }

  private static List<Mode> nodeModes(UserInfo asker, String node) {
    List<Mode> modes = new ArrayList<>();
    boolean associated =
        serviceAccount(asker.name()) != null
            && asker
                .extra()
                .getOrDefault("authentication.kubernetes.io/node-name", List.of())
                .equals(List.of(node));
    if (associated) {
      String verb = "impersonate:associated-node";
      modes.add(
          new Mode("associated-node", List.of(wish(asker, verb, GROUP, "nodes", "", "", "*"))));
    }
    String verb = "impersonate:arbitrary-node";
    modes.add(new Mode("arbitrary-node", List.of(wish(asker, verb, GROUP, "nodes", "", "", node))));
    return modes;
  }

  private static Attributes wish(
      UserInfo asker,
      String verb,
      String group,
      String resource,
      String sub,
      String namespace,
      String name) {
    return Attributes.ofResource(asker, verb, group, "v1", resource, sub, namespace, name);
  }

  private static String[] serviceAccount(String user) {
    if (!user.startsWith(SERVICE_ACCOUNT)) {
      return null;
    }
    String[] parts = user.substring(SERVICE_ACCOUNT.length()).split(":", -1);
    return parts.length == 2 && !parts[0].isEmpty() && !parts[1].isEmpty() ? parts : null;
  }

  /** The user the headers ask for. */
  private record Wanted(
      String user, String uid, List<String> groups, Map<String, List<String>> extra) {
    Wanted {
      requireNonNull(user);
    }

    /** Null when there is no such header. */
    static Wanted read(Iterable<Map.Entry<String, String>> headers) {
      String user = "";
      String uid = "";
      List<String> groups = null;
      Map<String, List<String>> extra = null;
      boolean any = false;
      for (Map.Entry<String, String> header : headers) {
        String key = header.getKey();
        // The header names of nearly all requests are told apart without a copy.
        if (!key.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
          continue;
        }
        String name = key.toLowerCase(Locale.ROOT);
        any = true;
        if (name.equals("impersonate-user")) {
          user = header.getValue();
        } else if (name.equals("impersonate-uid")) {
          uid = header.getValue();
        } else if (name.equals("impersonate-group")) {
          groups = groups == null ? new ArrayList<>() : groups;
          groups.add(header.getValue());
        } else if (name.startsWith(EXTRA)) {
          extra = extra == null ? new TreeMap<>() : extra;
          extra
              .computeIfAbsent(decode(name.substring(EXTRA.length())), k -> new ArrayList<>())
              .add(header.getValue());
        }
      }
      return any
          ? new Wanted(
              user, uid, groups == null ? List.of() : groups, extra == null ? Map.of() : extra)
          : null;
    }

    private static String decode(String key) {
      try {
        return URLDecoder.decode(key.replace("+", "%2B"), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        // Not escaped, then; older clients don't.
        return key;
      }
    }

    boolean isNameOnly() {
      return uid.isEmpty() && groups.isEmpty() && extra.isEmpty();
    }

    UserInfo become(boolean node) {
      List<String> all = new ArrayList<>(groups);
      String[] account = serviceAccount(user);
      if (account != null && groups.isEmpty()) {
        all.add("system:serviceaccounts");
        all.add("system:serviceaccounts:" + account[0]);
      } else if (node) {
        all.add("system:nodes");
      }
      if (!all.contains(UserInfo.AUTHENTICATED) && !all.contains(UserInfo.UNAUTHENTICATED)) {
        all.add(
            user.equals(UserInfo.ANONYMOUS.name())
                ? UserInfo.UNAUTHENTICATED
                : UserInfo.AUTHENTICATED);
      }
      return new UserInfo(user, uid, all, extra);
    }

    /** As the server's refusal prints it. */
    String describe() {
      return "&user.DefaultInfo{Name:\"%s\", UID:\"%s\", Groups:%s, Extra:%s}"
          .formatted(
              user,
              uid,
              groups.isEmpty()
                  ? "[]string(nil)"
                  : "[]string{\"" + String.join("\", \"", groups) + "\"}",
              extra.isEmpty() ? "map[string][]string(nil)" : extra.toString());
    }
  }
}
