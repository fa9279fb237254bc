package dev.mokha.server.pki;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Issues certificates (RFC 5280) that are signed with one key. */
public final class CertificateAuthority {
  private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final KeyAndCertificates authority;
  private final Clock clock;

  /** An authority whose key and certificate exist. */
  public CertificateAuthority(KeyAndCertificates authority, Clock clock) {
    this.authority = requireNonNull(authority);
    this.clock = requireNonNull(clock);
  }

  /** Makes a new authority that vouches for itself. */
  public static CertificateAuthority create(String name, Duration lifetime, Clock clock)
      throws GeneralSecurityException {
    KeyPair pair = newKeyPair();
    X500Name self = new X500NameBuilder().addRDN(BCStyle.CN, name).build();
    Instant now = clock.instant();
    X509v3CertificateBuilder builder = builder(self, self, pair.getPublic(), now, lifetime);
    try {
      JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.subjectKeyIdentifier, false, ids.createSubjectKeyIdentifier(pair.getPublic()));
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
    X509Certificate certificate = sign(builder, pair.getPrivate());
    return new CertificateAuthority(
        new KeyAndCertificates(pair.getPrivate(), List.of(certificate)), clock);
  }

  /** The authority's own key and certificate. */
  public KeyAndCertificates authority() {
    return authority;
  }

  /** The certificate that others must trust. */
  public X509Certificate certificate() {
    return authority.certificate();
  }

  /** Issues a certificate with a new key. */
  public KeyAndCertificates issue(Subject subject, Duration lifetime)
      throws GeneralSecurityException {
    KeyPair pair = newKeyPair();
    return new KeyAndCertificates(
        pair.getPrivate(), List.of(issue(subject, pair.getPublic(), lifetime)));
  }

  /**
   * What a certificate is to say, in its own terms.
   *
   * @param names the subject alternative names
   * @param keyUsage bits of {@link KeyUsage}; 0 for no such extension
   * @param purposes null for no such extension
   */
  public record Certified(
      X500Name subject,
      PublicKey key,
      GeneralName[] names,
      int keyUsage,
      ExtendedKeyUsage purposes) {}

  /** Issues a certificate for somebody else's key. It never outlives the authority's own. */
  public X509Certificate issue(Certified wanted, Duration lifetime)
      throws GeneralSecurityException {
    Instant now = clock.instant();
    Duration left = Duration.between(now, certificate().getNotAfter().toInstant());
    if (left.isNegative()) {
      throw new GeneralSecurityException("the authority's certificate has expired");
    }
    Duration granted = lifetime.compareTo(left) < 0 ? lifetime : left;
    X500Name issuer = X500Name.getInstance(certificate().getSubjectX500Principal().getEncoded());
    X509v3CertificateBuilder builder = builder(issuer, wanted.subject, wanted.key, now, granted);
    try {
      JcaX509ExtensionUtils ids = new JcaX509ExtensionUtils();
      if (wanted.keyUsage != 0) {
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(wanted.keyUsage));
      }
      if (wanted.purposes != null) {
        builder.addExtension(Extension.extendedKeyUsage, false, wanted.purposes);
      }
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          ids.createAuthorityKeyIdentifier(certificate().getPublicKey()));
      if (wanted.names.length > 0) {
        builder.addExtension(
            Extension.subjectAlternativeName, false, new GeneralNames(wanted.names));
      }
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
    return sign(builder, authority.key());
  }

  /** Issues a certificate for somebody else's key. It never outlives the authority's own. */
  public X509Certificate issue(Subject subject, PublicKey key, Duration lifetime)
      throws GeneralSecurityException {
    X500NameBuilder name = new X500NameBuilder();
    for (String organization : subject.organizations()) {
      name.addRDN(BCStyle.O, organization);
    }
    name.addRDN(BCStyle.CN, subject.commonName());
    return issue(
        new Certified(
            name.build(),
            key,
            alternativeNames(subject),
            KeyUsage.digitalSignature,
            purposes(subject)),
        lifetime);
  }

  private static ExtendedKeyUsage purposes(Subject subject) {
    List<KeyPurposeId> purposes = new ArrayList<>();
    if (subject.server()) {
      purposes.add(KeyPurposeId.id_kp_serverAuth);
    }
    if (subject.client()) {
      purposes.add(KeyPurposeId.id_kp_clientAuth);
    }
    return new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new));
  }

  private static GeneralName[] alternativeNames(Subject subject) {
    List<GeneralName> names = new ArrayList<>();
    subject.dnsNames().forEach(n -> names.add(new GeneralName(GeneralName.dNSName, n)));
    subject.addresses().forEach(a -> names.add(new GeneralName(GeneralName.iPAddress, a)));
    return names.toArray(GeneralName[]::new);
  }

  /** A new key on P-256. */
  static KeyPair newKeyPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
    return generator.generateKeyPair();
  }

  private static X509v3CertificateBuilder builder(
      X500Name issuer, X500Name subject, PublicKey key, Instant now, Duration lifetime) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(127, RANDOM).setBit(126),
        Date.from(now.minus(CLOCK_SKEW)),
        Date.from(now.plus(lifetime)),
        subject,
        key);
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
    } catch (OperatorException e) {
      throw new GeneralSecurityException(e);
    }
  }
}
