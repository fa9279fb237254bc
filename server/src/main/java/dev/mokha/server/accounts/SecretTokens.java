package dev.mokha.server.accounts;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.Kinds;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.server.authentication.ServiceAccountIssuer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Fills every Secret of type {@code kubernetes.io/service-account-token} with a token of the
 * account that its annotation names, and removes it when there is no such account (any more).
 */
public final class SecretTokens implements Reconciler {
  /** The type of the Secrets. */
  public static final String TYPE = "kubernetes.io/service-account-token";

  private static final String NAME = "kubernetes.io/service-account.name";
  private static final String UID = "kubernetes.io/service-account.uid";
  private static final GroupVersionResource SECRETS = new GroupVersionResource("", "v1", "secrets");
  private static final GroupVersionResource ACCOUNTS =
      new GroupVersionResource("", "v1", "serviceaccounts");

  private final ApiClient client;
  private final ServiceAccountIssuer issuer;
  private final String rootCa;

  private SecretTokens(ApiClient client, ServiceAccountIssuer issuer, String rootCa) {
    this.client = requireNonNull(client);
    this.issuer = requireNonNull(issuer);
    this.rootCa = requireNonNull(rootCa);
  }

  /**
   * Starts the loop.
   *
   * @param client acts as {@code system:kube-controller-manager}
   * @param rootCa the cluster's CA certificates in PEM
   */
  public static Controller start(
      ApiClient client, Informers informers, ServiceAccountIssuer issuer, String rootCa) {
    Informer<Secret> secrets = informers.get(Kinds.SECRET);
    return Controller.create("serviceaccount-token", 1, new SecretTokens(client, issuer, rootCa))
        .watch(secrets, s -> TYPE.equals(s.getType()) ? List.of(key(s)) : List.of())
        .watch(
            informers.get(Kinds.SERVICE_ACCOUNT),
            account ->
                secrets.list(account.getMetadata().getNamespace()).stream()
                    .filter(s -> TYPE.equals(s.getType()))
                    .filter(s -> account.getMetadata().getName().equals(annotation(s, NAME)))
                    .map(SecretTokens::key)
                    .toList())
        .start();
  }

  private static Key key(HasMetadata object) {
    return new Key(object.getMetadata().getNamespace(), object.getMetadata().getName());
  }

  private static String annotation(Secret secret, String name) {
    Map<String, String> annotations = secret.getMetadata().getAnnotations();
    return annotations == null ? null : annotations.get(name);
  }

  @Override
  public Optional<Duration> reconcile(Key key) {
    Optional<KubeObject> found = client.find(SECRETS, key.namespace(), key.name());
    if (found.isEmpty() || found.get().isDeleting()) {
      return Optional.empty();
    }
    ObjectNode secret = found.get().toTree();
    if (!TYPE.equals(secret.path("type").asString(""))) {
      return Optional.empty();
    }
    JsonNode annotations = secret.path("metadata").path("annotations");
    String account = annotations.path(NAME).asString("");
    Optional<KubeObject> owner =
        account.isEmpty() ? Optional.empty() : client.find(ACCOUNTS, key.namespace(), account);
    String uid = annotations.path(UID).asString("");
    if (owner.isEmpty() || (!uid.isEmpty() && !uid.equals(owner.get().uid()))) {
      client.delete(
          SECRETS,
          key.namespace(),
          key.name(),
          new DeleteOptions(null, "", found.get().uid(), found.get().resourceVersion()));
      return Optional.empty();
    }
    ObjectNode filled = secret.deepCopy();
    fill(filled, key, owner.get());
    if (!filled.equals(secret)) {
      client.update(SECRETS, key.namespace(), "", KubeObject.of(filled));
    }
    return Optional.empty();
  }

  private void fill(ObjectNode secret, Key key, KubeObject owner) {
    secret.withObject("/metadata").withObject("/annotations").put(UID, owner.uid());
    ObjectNode data =
        secret.get("data") instanceof ObjectNode existing ? existing : secret.putObject("data");
    if (!rootCa.isEmpty()) {
      data.put("ca.crt", base64(rootCa));
    }
    data.put("namespace", base64(key.namespace()));
    if (data.path("token").asString("").isEmpty()) {
      data.put(
          "token",
          base64(issuer.signForSecret(key.namespace(), owner.name(), owner.uid(), key.name())));
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
