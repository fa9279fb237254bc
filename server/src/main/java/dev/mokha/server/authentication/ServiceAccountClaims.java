package dev.mokha.server.authentication;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a service account's token says.
 *
 * @param namespace of the account, and of what the token is bound to
 * @param account its name and uid
 * @param pod what it is bound to, if a pod
 * @param secret what it is bound to, if a secret
 * @param node what it is bound to, or the pod's node
 * @param audiences whom it is for
 * @param id unique among tokens
 * @param expires when it ends
 */
record ServiceAccountClaims(
    String namespace,
    Reference account,
    Optional<Reference> pod,
    Optional<Reference> secret,
    Optional<Reference> node,
    List<String> audiences,
    String id,
    Instant expires) {
  private static final String EXTRA = "authentication.kubernetes.io/";

  /** An object, this very one and not a later one of the same name. */
  record Reference(String name, String uid) {
    Reference {
      requireNonNull(name);
      requireNonNull(uid);
    }

    Map<String, Object> toClaim() {
      return Map.of("name", name, "uid", uid);
    }

    static Optional<Reference> of(Object claim) {
      return claim instanceof Map<?, ?> map
              && map.get("name") instanceof String name
              && map.get("uid") instanceof String uid
          ? Optional.of(new Reference(name, uid))
          : Optional.empty();
    }
  }

  ServiceAccountClaims {
    audiences = List.copyOf(audiences);
  }

  /** The claim {@code kubernetes.io}. */
  Map<String, Object> toClaim() {
    Map<String, Object> claim = new HashMap<>();
    claim.put("namespace", namespace);
    claim.put("serviceaccount", account.toClaim());
    pod.ifPresent(p -> claim.put("pod", p.toClaim()));
    secret.ifPresent(s -> claim.put("secret", s.toClaim()));
    node.ifPresent(n -> claim.put("node", n.toClaim()));
    return claim;
  }

  /** The user that holds the token. */
  UserInfo user() {
    Map<String, List<String>> extra = new HashMap<>();
    extra.put(EXTRA + "credential-id", List.of("JTI=" + id));
    pod.ifPresent(
        p -> {
          extra.put(EXTRA + "pod-name", List.of(p.name()));
          extra.put(EXTRA + "pod-uid", List.of(p.uid()));
        });
    node.ifPresent(
        n -> {
          extra.put(EXTRA + "node-name", List.of(n.name()));
          extra.put(EXTRA + "node-uid", List.of(n.uid()));
        });
    return new UserInfo(
        userName(namespace, account.name()), account.uid(), groups(namespace), extra);
  }

  static String userName(String namespace, String account) {
    return "system:serviceaccount:" + namespace + ":" + account;
  }

  private static List<String> groups(String namespace) {
    List<String> groups = new ArrayList<>();
    groups.add("system:serviceaccounts");
    groups.add("system:serviceaccounts:" + namespace);
    groups.add(UserInfo.AUTHENTICATED);
    return groups;
  }
}
