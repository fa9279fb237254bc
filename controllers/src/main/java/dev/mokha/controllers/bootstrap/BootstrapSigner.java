package dev.mokha.controllers.bootstrap;

import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.Controller;
import dev.mokha.client.controller.Reconciler.Key;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs the kubeconfig in the ConfigMap {@code kube-public/cluster-info} with every bootstrap token
 * that may sign. Whoever was given a token can so read that ConfigMap from a server he does not
 * trust yet, and know that the CA certificate in it is the right one.
 *
 * <p>The signature of token {@code ID} stands under {@code jws-kubeconfig-ID}: a compact JWS (RFC
 * 7515) with HS256 and the token's secret as the key, its payload left out (appendix F).
 */
public final class BootstrapSigner {
  private static final String NAMESPACE = "kube-public";
  private static final String NAME = "cluster-info";
  private static final String PREFIX = "jws-kubeconfig-";
  private static final Key INFO = new Key(NAMESPACE, NAME);

  private BootstrapSigner() {}

  /** Starts the loop. */
  public static Controller start(ApiClient client, Informers informers, InstantSource clock) {
    Informer<Secret> secrets = informers.get(Kinds.SECRET);
    Informer<ConfigMap> configMaps = informers.get(Kinds.CONFIG_MAP);
    ResourceClient<ConfigMap> write = ResourceClient.of(client, Kinds.CONFIG_MAP);
    return Controller.create(
            "bootstrapsigner",
            1,
            key -> {
              ConfigMap info = configMaps.find(NAMESPACE, NAME).orElse(null);
              if (info == null || info.getData() == null) {
                return Optional.empty();
              }
              Instant now = clock.instant();
              List<BootstrapToken> tokens =
                  secrets.list(BootstrapToken.NAMESPACE).stream()
                      .flatMap(s -> BootstrapToken.read(s).stream())
                      .filter(t -> t.signing() && t.isValid(now))
                      .toList();
              Map<String, String> data = signed(info.getData(), tokens);
              if (!data.equals(info.getData())) {
                write.update(new ConfigMapBuilder(info).withData(data).build());
              }
              return tokens.stream()
                  .flatMap(t -> t.expiration().stream())
                  .min(Comparator.naturalOrder())
                  .map(first -> Duration.between(now, first).plusSeconds(1));
            })
        .watch(
            configMaps,
            c ->
                NAMESPACE.equals(c.getMetadata().getNamespace())
                        && NAME.equals(c.getMetadata().getName())
                    ? List.of(INFO)
                    : List.of())
        .watch(secrets, s -> BootstrapToken.isOne(s) ? List.of(INFO) : List.of())
        .start();
  }

  /** The ConfigMap's data with the signatures of these tokens and no others. */
  static Map<String, String> signed(Map<String, String> data, List<BootstrapToken> tokens)
      throws GeneralSecurityException {
    Map<String, String> signed = new HashMap<>(data);
    signed.keySet().removeIf(k -> k.startsWith(PREFIX));
    String kubeconfig = data.get("kubeconfig");
    if (kubeconfig != null) {
      for (BootstrapToken token : tokens) {
        signed.put(PREFIX + token.id(), sign(kubeconfig, token));
      }
    }
    return signed;
  }

  private static String sign(String content, BootstrapToken token) throws GeneralSecurityException {
    String header = base64("{\"alg\":\"HS256\",\"kid\":\"%s\"}".formatted(token.id()));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(token.secret().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    byte[] signature =
        mac.doFinal((header + "." + base64(content)).getBytes(StandardCharsets.US_ASCII));
    return header + ".." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
