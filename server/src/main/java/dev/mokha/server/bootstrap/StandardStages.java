package dev.mokha.server.bootstrap;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.Stages;
import dev.mokha.server.admission.AdmissionPlugin;
import dev.mokha.server.admission.CertificatePlugins;
import dev.mokha.server.admission.ClaimResize;
import dev.mokha.server.admission.DefaultIngressClass;
import dev.mokha.server.admission.DefaultStorageClass;
import dev.mokha.server.admission.DefaultTolerationSeconds;
import dev.mokha.server.admission.LimitRanger;
import dev.mokha.server.admission.NamespaceLifecycle;
import dev.mokha.server.admission.NodeRestriction;
import dev.mokha.server.admission.OwnerReferenceProtection;
import dev.mokha.server.admission.PodSecurity;
import dev.mokha.server.admission.PriorityPlugin;
import dev.mokha.server.admission.ResourceQuotaPlugin;
import dev.mokha.server.admission.RuntimeClassPlugin;
import dev.mokha.server.admission.ServiceAccountPlugin;
import dev.mokha.server.authentication.Authenticator;
import dev.mokha.server.authentication.BootstrapTokens;
import dev.mokha.server.authentication.ClientCertificates;
import dev.mokha.server.authentication.Reviews;
import dev.mokha.server.authentication.ServiceAccountIssuer;
import dev.mokha.server.authentication.ServiceAccountTokens;
import dev.mokha.server.authentication.TokenRequests;
import dev.mokha.server.authorization.AccessReviews;
import dev.mokha.server.authorization.Authorizer;
import dev.mokha.server.authorization.EscalationCheck;
import dev.mokha.server.authorization.NodeAuthorizer;
import dev.mokha.server.authorization.PrivilegedGroup;
import dev.mokha.server.authorization.RbacAuthorizer;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.rest.VirtualResource;
import dev.mokha.server.storage.ObjectReader;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The stages of a real cluster: certificates, tokens, RBAC, the admission plug-ins and the first
 * objects.
 *
 * <pre>{@code
 * ClusterPki pki = ClusterPki.open(data.resolve("pki"), Clock.systemUTC());
 * Stages.Factory stages = new StandardStages(pki, settings, Clock.systemUTC());
 * }</pre>
 */
public final class StandardStages implements Stages.Factory {
  private static final String AUTHENTICATION = "authentication.k8s.io/";
  private static final String AUTHORIZATION = "authorization.k8s.io/";

  private final ClusterPki pki;
  private final ClusterSettings settings;
  private final Clock clock;
  private final ServiceAccountIssuer issuer;
  private Authenticator more = credentials -> Optional.empty();

  /** Stages for a cluster with these keys. */
  public StandardStages(ClusterPki pki, ClusterSettings settings, Clock clock) {
    this.pki = requireNonNull(pki);
    this.settings = requireNonNull(settings);
    this.clock = requireNonNull(clock);
    this.issuer =
        new ServiceAccountIssuer(
            settings.issuer(), pki.serviceAccountKey(), pki.earlierServiceAccountKeys(), clock);
  }

  /** The same stages, with one more authenticator of bearer tokens. */
  public StandardStages with(Authenticator bearerTokens) {
    more = requireNonNull(bearerTokens);
    return this;
  }

  /** Who signs the tokens; answers {@code /openid/v1/jwks}. */
  public ServiceAccountIssuer issuer() {
    return issuer;
  }

  @Override
  public Stages create(ObjectReader objects) {
    PolicyFile policy = PolicyFile.read();
    RbacAuthorizer rbac = new RbacAuthorizer(objects);
    Authorizer authorizer =
        Authorizer.firstOf(
            List.of(
                new PrivilegedGroup(),
                new NodeAuthorizer(objects, policy.clusterRoleRules("system:node")),
                rbac));
    ServiceAccountTokens tokens = new ServiceAccountTokens(issuer, objects, clock);
    Authenticator otherTokens =
        Authenticator.firstOf(List.of(new BootstrapTokens(objects, clock), more));
    Authenticator authenticator =
        Authenticator.firstOf(
            List.of(
                new ClientCertificates(clock), tokens, otherTokens, Reviews.refuseUnknownTokens()));
    return new Stages(
        authenticator,
        authorizer,
        admission(objects, rbac, authorizer),
        virtualResources(objects, tokens, otherTokens, authorizer),
        documents(),
        steps(objects, policy));
  }

  private static List<AdmissionPlugin> admission(
      ObjectReader objects, RbacAuthorizer rbac, Authorizer authorizer) {
    List<AdmissionPlugin> certificates = CertificatePlugins.all(authorizer);
    return List.of(
        new NamespaceLifecycle(objects),
        new LimitRanger(objects),
        new ServiceAccountPlugin(objects),
        new NodeRestriction(objects),
        new PodSecurity(objects),
        new PriorityPlugin(objects),
        new DefaultTolerationSeconds(),
        new DefaultStorageClass(objects),
        new OwnerReferenceProtection(authorizer, objects),
        new ClaimResize(objects),
        new RuntimeClassPlugin(objects),
        new DefaultIngressClass(objects),
        new EscalationCheck(rbac, authorizer),
        certificates.get(0),
        certificates.get(1),
        certificates.get(2),
        // Last, so that it counts what the others have made of the object.
        new ResourceQuotaPlugin(objects));
  }

  private Map<String, VirtualResource> virtualResources(
      ObjectReader objects,
      ServiceAccountTokens tokens,
      Authenticator otherTokens,
      Authorizer authorizer) {
    Reviews reviews = new Reviews(tokens, otherTokens, List.of(issuer.issuer()));
    AccessReviews access = new AccessReviews(authorizer);
    return Map.of(
        "/serviceaccounts/token",
        new TokenRequests(issuer, objects, clock),
        AUTHENTICATION + "tokenreviews",
        reviews::reviewToken,
        AUTHENTICATION + "selfsubjectreviews",
        reviews::reviewSelf,
        AUTHORIZATION + "subjectaccessreviews",
        access::reviewSubject,
        AUTHORIZATION + "localsubjectaccessreviews",
        access::reviewSubjectIn,
        AUTHORIZATION + "selfsubjectaccessreviews",
        access::reviewSelf,
        AUTHORIZATION + "selfsubjectrulesreviews",
        access::reviewRules);
  }

  /** By these, others verify the tokens of service accounts (OpenID Connect Discovery 1.0). */
  private Map<String, String> documents() {
    return Map.of(
        "/.well-known/openid-configuration", issuer.discovery(settings.serverUrl()),
        "/openid/v1/jwks", issuer.keySet());
  }

  private List<BootstrapStep> steps(ObjectReader objects, PolicyFile policy) {
    InitialObjects initial =
        new InitialObjects(objects, settings, pki.authorityPem(), pki.frontProxyAuthorityPem());
    PolicyStep roles = new PolicyStep(policy, objects);
    return List.of(
        initial.namespaces(),
        roles,
        initial.priorityClasses(),
        initial.serviceCidr(),
        initial.kubernetesService(),
        initial.configMaps(),
        LocalApiServices.step(objects),
        initial.flowControl());
  }
}
