package dev.mokha.junit;

import dev.mokha.server.pki.KeyAndCertificates;
import dev.mokha.server.pki.Pem;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.NamespacedKubernetesClient;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** The fabric8 clients of one server. The only class here that can't be loaded without fabric8. */
final class Fabric8Clients implements AutoCloseable {
  private final URI url;
  private final TestKeys keys;
  private final List<KubernetesClient> all = new ArrayList<>();
  private KubernetesClient administrator;

  Fabric8Clients(URI url, TestKeys keys) {
    this.url = url;
    this.keys = keys;
  }

  /** Made anew when somebody has closed it. */
  synchronized KubernetesClient administrator() {
    if (administrator == null || administrator.getHttpClient().isClosed()) {
      administrator = make(keys.admin());
    }
    return administrator;
  }

  synchronized KubernetesClient user(String name, String... groups) {
    return make(keys.of(name, groups));
  }

  /** The same connections, with another default namespace. */
  static KubernetesClient inNamespace(KubernetesClient client, String namespace) {
    return client.adapt(NamespacedKubernetesClient.class).inNamespace(namespace);
  }

  private KubernetesClient make(KeyAndCertificates user) {
    try {
      // Nothing of the machine's own kubeconfig or environment may get in.
      Config config =
          new ConfigBuilder(Config.empty())
              .withMasterUrl(url.toString())
              .withNamespace("default")
              .withCaCertData(base64(keys.authorityPem()))
              .withClientCertData(base64(Pem.certificates(user.chain())))
              .withClientKeyData(base64(Pem.privateKey(user.key())))
              .withClientKeyAlgo("EC")
              .build();
      KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build();
      all.add(client);
      return client;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the client's certificate can't be encoded", e);
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public synchronized void close() {
    all.forEach(KubernetesClient::close);
  }
}
