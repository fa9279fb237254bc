package dev.mokha.server.http;

import dev.mokha.server.pki.KeyAndCertificates;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

/** Keys and authorities in the form the JDK's TLS wants them. */
public final class TlsMaterial {
  private static final String ALIAS = "mokha";

  /** So many identities are kept for handshakes that are under way. */
  private static final int MOST = 8;

  private TlsMaterial() {}

  /** A key manager that shows one certificate, whoever asks. */
  public static X509ExtendedKeyManager keys(KeyAndCertificates identity) {
    return new OneIdentity(() -> identity);
  }

  /** The same of a certificate that is renewed from time to time: each handshake asks for it. */
  public static X509ExtendedKeyManager keys(Supplier<KeyAndCertificates> identity) {
    return new OneIdentity(identity);
  }

  /** Trust in what these authorities have signed, and in nothing else. */
  public static TrustManager trust(List<X509Certificate> authorities) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry("ca" + i, authorities.get(i));
      }
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      return factory.getTrustManagers()[0];
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException("these authorities can't be used: " + e.getMessage(), e);
    }
  }

  private static final class OneIdentity extends X509ExtendedKeyManager {
    private final Supplier<KeyAndCertificates> present;

    /** A handshake asks several times, and must not get the key of one and the chain of another. */
    private final Map<String, KeyAndCertificates> byAlias = new ConcurrentHashMap<>();

    OneIdentity(Supplier<KeyAndCertificates> present) {
      this.present = present;
    }

    private String aliasFor(String keyType) {
      KeyAndCertificates identity = present.get();
      String own = identity.key().getAlgorithm();
      boolean fits =
          keyType.equals(own)
              || (keyType.startsWith("EC") && own.startsWith("EC"))
              || (keyType.startsWith("RSA") && own.startsWith("RSA"));
      if (!fits) {
        return null;
      }
      String alias = ALIAS + "-" + identity.certificate().getSerialNumber().toString(36);
      if (byAlias.putIfAbsent(alias, identity) == null && byAlias.size() > MOST) {
        byAlias.keySet().removeIf(a -> !a.equals(alias));
      }
      return alias;
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
      return aliasFor(keyType);
    }

    @Override
    public String chooseEngineClientAlias(
        String[] keyTypes, Principal[] issuers, SSLEngine engine) {
      return chooseClientAlias(keyTypes, issuers, null);
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
      return aliasFor(keyType);
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
      for (String keyType : keyTypes) {
        String alias = aliasFor(keyType);
        if (alias != null) {
          return alias;
        }
      }
      return null;
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
      String alias = aliasFor(keyType);
      return alias == null ? null : new String[] {alias};
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
      return getServerAliases(keyType, issuers);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      KeyAndCertificates identity = byAlias.get(alias);
      return identity == null ? null : identity.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      KeyAndCertificates identity = byAlias.get(alias);
      return identity == null ? null : identity.key();
    }
  }
}
