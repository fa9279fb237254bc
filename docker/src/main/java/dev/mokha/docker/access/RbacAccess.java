package dev.mokha.docker.access;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.access.AccessReviews;
import dev.mokha.client.access.BriefCache;
import dev.mokha.client.access.Deed;
import dev.mokha.client.access.Subject;
import dev.mokha.docker.http.Access;
import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Caller;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Access by the cluster's RBAC. Whoever may connect to the socket is who the kernel says: user
 * {@code alice} of this machine is {@code unix:alice} to the cluster, her groups are {@code
 * unix:GROUP}; a certificate's common name and organization are user and group as they are for the
 * API. Root and {@code system:masters} are never asked about, so that the engine serves them while
 * the API is down.
 *
 * <pre>{@code
 * kubectl create rolebinding alice --clusterrole=edit --user=unix:alice --namespace=team
 * }</pre>
 *
 * <p>lets her run containers in namespace {@code team}, and no more: not as the machine's root, not
 * with its directories, devices or namespaces.
 */
public final class RbacAccess implements Access {
  /** The prefix of this machine's users and groups. */
  static final String PREFIX = "unix:";

  private static final String MASTERS = "system:masters";
  private static final String AUTHENTICATED = "system:authenticated";
  private static final Duration KEPT = Duration.ofSeconds(5);
  private static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");
  private static final String DEFAULT = "default";

  private final ApiClient client;
  private final AccessReviews reviews;
  private final BriefCache<String> homes;
  private final UnixGroups groups;

  /**
   * Access through a client whose user may create SubjectAccessReviews and read namespaces, as
   * nodes may.
   */
  public RbacAccess(ApiClient client, Clock clock) {
    this(client, clock, Path.of("/etc/group"));
  }

  RbacAccess(ApiClient client, Clock clock, Path groupFile) {
    this.client = requireNonNull(client, "client");
    this.reviews = new AccessReviews(client, KEPT, clock);
    this.homes = new BriefCache<>(clock);
    this.groups = new UnixGroups(groupFile);
  }

  @Override
  public Decision decide(Caller caller, Action action) {
    Subject subject = subject(caller);
    if (subject.groups().contains(MASTERS)) {
      return Decision.ALLOWED;
    }
    try {
      for (Deed deed : Deeds.of(action, namespaceOf(caller))) {
        if (!reviews.ask(subject, deed).allowed()) {
          return Decision.denied(refusal(subject, deed));
        }
      }
      return Decision.ALLOWED;
    } catch (StatusException e) {
      return Decision.denied(
          "the cluster can't be asked whether %s may do this: %s"
              .formatted(subject.user(), e.getMessage()));
    }
  }

  private static String refusal(Subject subject, Deed deed) {
    String name = deed.name().isEmpty() ? "" : " \"" + deed.name() + "\"";
    String where =
        deed.namespace().isEmpty()
            ? "on this node"
            : "in the namespace \"" + deed.namespace() + "\"";
    return "user \"%s\" cannot %s %s.%s%s %s"
        .formatted(subject.user(), deed.verb(), deed.resource(), deed.group(), name, where);
  }

  /** Who a caller is to the cluster. */
  Subject subject(Caller caller) {
    List<String> all = new ArrayList<>();
    if (caller.kind() == Caller.Kind.CERTIFICATE) {
      all.addAll(caller.groups());
      all.add(AUTHENTICATED);
      return Subject.of(caller.user(), all);
    }
    if (caller.root()) {
      all.add(MASTERS);
    } else {
      caller.groups().forEach(group -> all.add(PREFIX + group));
      for (String group : groups.of(caller.user())) {
        if (!all.contains(PREFIX + group)) {
          all.add(PREFIX + group);
        }
      }
    }
    all.add(AUTHENTICATED);
    return new Subject(PREFIX + caller.user(), "", all, Map.of());
  }

  /**
   * The namespace that is called like the user, where there is one, else {@code default}. A
   * container's label {@code mokha.dev/namespace} says otherwise.
   */
  @Override
  public String namespaceOf(Caller caller) {
    if (caller.root()) {
      return DEFAULT;
    }
    return homes.get(
        caller.user(),
        KEPT,
        () -> {
          try {
            return Optional.of(caller.user())
                .filter(RbacAccess::mayBeNamespace)
                .filter(name -> client.find(NAMESPACES, "", name).isPresent())
                .orElse(DEFAULT);
          } catch (StatusException e) {
            return DEFAULT;
          }
        });
  }

  private static boolean mayBeNamespace(String name) {
    return name.matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  }

  /** Anybody may connect: each is judged by who he is. */
  @Override
  public boolean open() {
    return true;
  }
}
