package dev.mokha.registry.access;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.registry.ErrorCode;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.storage.RepositoryName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Access by the cluster's users and RBAC. Beyond what RBAC says,
 *
 * <ul>
 *   <li>a service account may pull what belongs to its own namespace, so that pods need no secret
 *       for it;
 *   <li>a node may pull what belongs to no namespace, and through the mirror;
 *   <li>strangers may pull what belongs to no namespace, and through the mirror, if the
 *       configuration says so.
 * </ul>
 */
public final class ClusterAccess implements AccessControl {
  private static final Duration LIFETIME = Duration.ofMinutes(5);
  private static final int MOST_SCOPES = 50;
  private static final String SERVICE_ACCOUNT = "system:serviceaccount:";
  private static final String NODES = "system:nodes";
  private static final String AUTHENTICATED = "system:authenticated";

  private final ClusterReviews reviews;
  private final ScopedToken.Key key;
  private final InstantSource clock;
  private final boolean anonymousPull;
  private final Predicate<RepositoryName> exists;

  /**
   * Access by a cluster.
   *
   * @param client acts as somebody who may review tokens and access, and read namespaces
   * @param keyFile has the key of the tokens given out; made if need be
   * @param anonymousPull whether strangers may pull what belongs to no namespace
   * @param exists says which repositories there are: to push to a new one is to create it
   */
  public ClusterAccess(
      ApiClient client,
      Path keyFile,
      InstantSource clock,
      boolean anonymousPull,
      Predicate<RepositoryName> exists)
      throws IOException {
    this.reviews = new ClusterReviews(client, clock);
    this.key = ScopedToken.Key.open(keyFile);
    this.clock = requireNonNull(clock);
    this.anonymousPull = anonymousPull;
    this.exists = requireNonNull(exists);
  }

  @Override
  public boolean isRequired() {
    return true;
  }

  @Override
  public Caller caller(Presented presented) {
    String authorization = presented.authorization();
    if (authorization.regionMatches(true, 0, "Bearer ", 0, "Bearer ".length())) {
      String token = authorization.substring("Bearer ".length()).strip();
      if (ScopedToken.looksLikeOne(token)) {
        return new WithToken(
            ScopedToken.read(token, key, clock.instant())
                .orElseThrow(
                    () ->
                        new RegistryException(
                            ErrorCode.UNAUTHORIZED, "the token is not good, or not any more")));
      }
    }
    Identity identity = identity(presented);
    boolean named = !authorization.isEmpty();
    return new Known(identity, !named);
  }

  /** Who shows this, other than by a token of ours. */
  private Identity identity(Presented presented) {
    String authorization = presented.authorization();
    if (authorization.isEmpty()) {
      return presented.certificate().map(ClusterAccess::identity).orElse(Identity.ANONYMOUS);
    }
    String secret = secret(authorization);
    // `docker login` with nothing, and clients that send empty credentials, mean nobody.
    if (secret.isEmpty()) {
      return Identity.ANONYMOUS;
    }
    return reviews
        .authenticate(secret)
        .orElseThrow(
            () ->
                new RegistryException(
                    ErrorCode.UNAUTHORIZED,
                    "the cluster does not know these credentials; the password must be a token of"
                        + " the cluster, such as kubectl create token NAME gives"));
  }

  private static String secret(String authorization) {
    if (authorization.regionMatches(true, 0, "Bearer ", 0, "Bearer ".length())) {
      return authorization.substring("Bearer ".length()).strip();
    }
    if (authorization.regionMatches(true, 0, "Basic ", 0, "Basic ".length())) {
      try {
        String both =
            new String(
                Base64.getDecoder().decode(authorization.substring("Basic ".length()).strip()),
                StandardCharsets.UTF_8);
        return both.substring(both.indexOf(':') + 1);
      } catch (IllegalArgumentException e) {
        throw new RegistryException(
            ErrorCode.UNAUTHORIZED, "the Authorization header can't be read");
      }
    }
    throw new RegistryException(
        ErrorCode.UNAUTHORIZED, "only Basic and Bearer authorization are known here");
  }

  /** A user's certificate: the common name is his, organizations are his groups (as Kubernetes). */
  private static Identity identity(X509Certificate certificate) {
    String user = "";
    List<String> groups = new ArrayList<>();
    try {
      for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        String value = part.getValue() instanceof String text ? text : "";
        switch (part.getType().toUpperCase(Locale.ROOT)) {
          case "CN" -> user = value;
          case "O" -> groups.add(value);
          default -> {
            // Says nothing of the user.
          }
        }
      }
    } catch (InvalidNameException e) {
      return Identity.ANONYMOUS;
    }
    if (user.isEmpty()) {
      return Identity.ANONYMOUS;
    }
    groups.add(AUTHENTICATED);
    return new Identity(user, "", groups, Map.of());
  }

  private boolean may(Identity who, Action action, RepositoryName repository) {
    String namespace = namespace(repository);
    if (action == Action.PULL && mayPullAnyway(who, namespace)) {
      return true;
    }
    String verb =
        switch (action) {
          case PULL -> "get";
          case PUSH -> exists.test(repository) ? "update" : "create";
          case DELETE -> "delete";
        };
    return reviews.allows(who, verb, namespace, repository.value());
  }

  /** What RBAC can't say. */
  private boolean mayPullAnyway(Identity who, String namespace) {
    if (!namespace.isEmpty()) {
      return who.user().startsWith(SERVICE_ACCOUNT + namespace + ":");
    }
    return anonymousPull || who.groups().contains(NODES);
  }

  /** The namespace that a repository belongs to; empty for none. */
  private String namespace(RepositoryName repository) {
    String first = repository.first();
    // Hosts of mirrored repositories are no names of namespaces, but for bare ones.
    boolean canBe = first.length() <= 63 && first.matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
    return canBe && reviews.isNamespace(first) ? first : "";
  }

  @Override
  public Issued issue(Presented presented, List<Scope> asked) {
    Identity who = identity(presented);
    List<Scope> granted = new ArrayList<>();
    for (Scope scope : asked.subList(0, Math.min(MOST_SCOPES, asked.size()))) {
      Set<String> actions = granted(who, scope);
      if (!actions.isEmpty()) {
        granted.add(new Scope(scope.type(), scope.name(), actions));
      }
    }
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    ScopedToken token = new ScopedToken(who, granted, now.plus(LIFETIME));
    return new Issued(token.text(key), LIFETIME.toSeconds(), now.toString(), granted);
  }

  private Set<String> granted(Identity who, Scope scope) {
    Set<String> actions = new TreeSet<>();
    if (scope.equals(Scope.catalog()) && !who.isAnonymous()) {
      return scope.actions();
    }
    if (!scope.type().equals("repository")) {
      return actions;
    }
    Optional<RepositoryName> repository = repository(scope.name());
    if (repository.isEmpty()) {
      return actions;
    }
    for (Action action : Action.values()) {
      boolean wanted = scope.actions().contains(action.word()) || scope.actions().contains("*");
      if (wanted && may(who, action, repository.get())) {
        actions.add(action.word());
      }
    }
    return actions;
  }

  /** A name of ours, or of a mirrored repository: with its host. */
  private static Optional<RepositoryName> repository(String name) {
    try {
      return Optional.of(RepositoryName.parse(name));
    } catch (RegistryException e) {
      int slash = name.indexOf('/');
      if (slash < 0 || !RepositoryName.isHost(name.substring(0, slash))) {
        return Optional.empty();
      }
      try {
        return Optional.of(
            RepositoryName.mirrored(
                name.substring(0, slash), RepositoryName.parse(name.substring(slash + 1))));
      } catch (RegistryException none) {
        return Optional.empty();
      }
    }
  }

  /** Somebody known by other means than a token of ours: he is asked for at each request. */
  private final class Known implements Caller {
    private final Identity identity;
    private final boolean couldAskForMore;

    Known(Identity identity, boolean couldAskForMore) {
      this.identity = identity;
      this.couldAskForMore = couldAskForMore;
    }

    @Override
    public Identity identity() {
      return identity;
    }

    @Override
    public boolean may(Action action, RepositoryName repository) {
      return ClusterAccess.this.may(identity, action, repository);
    }

    @Override
    public boolean mayList() {
      return !identity.isAnonymous();
    }

    @Override
    public boolean couldAskForMore() {
      return couldAskForMore;
    }
  }

  /** Somebody with a token of ours: what it grants, and no more. */
  private final class WithToken implements Caller {
    private final ScopedToken token;

    WithToken(ScopedToken token) {
      this.token = token;
    }

    @Override
    public Identity identity() {
      return token.identity();
    }

    @Override
    public boolean may(Action action, RepositoryName repository) {
      if (token.scopes().contains(Scope.catalog()) && action == Action.PULL) {
        return ClusterAccess.this.may(token.identity(), action, repository);
      }
      return token.scopes().stream().anyMatch(s -> s.grants(action, repository.value()));
    }

    @Override
    public boolean mayList() {
      return token.scopes().contains(Scope.catalog());
    }

    @Override
    public boolean couldAskForMore() {
      return true;
    }
  }
}
