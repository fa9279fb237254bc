package dev.mokha.server.pki;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;

/** Keys and certificates in their text form (RFC 7468). */
public final class Pem {
  private Pem() {}

  /** A chain of certificates, in order. */
  public static String certificates(List<X509Certificate> chain) throws GeneralSecurityException {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : chain) {
      text.append(block("CERTIFICATE", certificate.getEncoded()));
    }
    return text.toString();
  }

  /** A private key in PKCS #8. */
  public static String privateKey(PrivateKey key) {
    return block("PRIVATE KEY", key.getEncoded());
  }

  /** A private key on an elliptic curve as SEC 1 has it (RFC 5915), any other in PKCS #8. */
  public static String ellipticKey(PrivateKey key) {
    if (!(key instanceof ECPrivateKey elliptic)) {
      return privateKey(key);
    }
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(key.getEncoded());
    int bits = elliptic.getParams().getOrder().bitLength();
    try {
      return block(
          "EC PRIVATE KEY",
          new org.bouncycastle.asn1.sec.ECPrivateKey(
                  bits, elliptic.getS(), info.getPrivateKeyAlgorithm().getParameters())
              .getEncoded());
    } catch (IOException e) {
      throw new IllegalStateException("a key that was just decoded can't be encoded", e);
    }
  }

  /** A public key. */
  public static String publicKey(PublicKey key) {
    return block("PUBLIC KEY", key.getEncoded());
  }

  /** Reads all certificates of a text. */
  public static List<X509Certificate> readCertificates(String text)
      throws GeneralSecurityException {
    List<X509Certificate> chain = new ArrayList<>();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (var certificate :
        factory.generateCertificates(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)))) {
      chain.add((X509Certificate) certificate);
    }
    return chain;
  }

  /** Reads a private key on an elliptic curve, in PKCS #8. */
  public static PrivateKey readPrivateKey(String text) throws GeneralSecurityException {
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(content("PRIVATE KEY", text)));
  }

  /** Reads a public key on an elliptic curve. */
  public static PublicKey readPublicKey(String text) throws GeneralSecurityException {
    return KeyFactory.getInstance("EC")
        .generatePublic(new X509EncodedKeySpec(content("PUBLIC KEY", text)));
  }

  /** Reads all public keys on an elliptic curve. */
  public static List<PublicKey> readPublicKeys(String text) throws GeneralSecurityException {
    String end = "-----END PUBLIC KEY-----";
    List<PublicKey> keys = new ArrayList<>();
    int from = 0;
    for (int to = text.indexOf(end); to >= 0; to = text.indexOf(end, from)) {
      keys.add(readPublicKey(text.substring(from, to + end.length())));
      from = to + end.length();
    }
    return keys;
  }

  private static String block(String label, byte[] content) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, base64, label);
  }

  private static byte[] content(String label, String text) throws GeneralSecurityException {
    String begin = "-----BEGIN " + label + "-----";
    int from = text.indexOf(begin);
    int to = text.indexOf("-----END " + label + "-----");
    if (from < 0 || to < from) {
      throw new GeneralSecurityException("no " + label + " found");
    }
    return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
  }
}
