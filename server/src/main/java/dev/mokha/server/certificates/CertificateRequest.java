package dev.mokha.server.certificates;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/**
 * What somebody wants to have certified (PKCS #10, RFC 2986).
 *
 * @param subject the name, as it is encoded
 * @param names all subject alternative names that were asked for
 */
public record CertificateRequest(
    PKCS10CertificationRequest encoded, X500Name subject, List<GeneralName> names) {
  private static final Pattern PEM =
      Pattern.compile(
          "-----BEGIN CERTIFICATE REQUEST-----([\\sA-Za-z0-9+/=]+)-----END CERTIFICATE"
              + " REQUEST-----");

  /** Copies the list. */
  public CertificateRequest {
    requireNonNull(encoded);
    requireNonNull(subject);
    names = List.copyOf(names);
  }

  /**
   * Reads {@code spec.request}: PEM in base64.
   *
   * @throws IllegalArgumentException when it is no request, with the reason
   */
  public static CertificateRequest parse(String base64) {
    try {
      byte[] text = Base64.getDecoder().decode(base64);
      Matcher pem = PEM.matcher(new String(text, StandardCharsets.US_ASCII));
      if (!pem.find()) {
        throw new IllegalArgumentException("PEM block type must be CERTIFICATE REQUEST");
      }
      return of(
          new PKCS10CertificationRequest(Base64.getMimeDecoder().decode(pem.group(1).strip())));
    } catch (IOException | RuntimeException e) {
      String why = e.getMessage();
      throw new IllegalArgumentException(
          why == null || why.isEmpty() ? "the request can't be read" : why, e);
    }
  }

  private static CertificateRequest of(PKCS10CertificationRequest encoded) {
    List<GeneralName> names = new ArrayList<>();
    for (var attribute : encoded.getAttributes(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest)) {
      Extensions extensions = Extensions.getInstance(attribute.getAttrValues().getObjectAt(0));
      GeneralNames wanted =
          GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
      if (wanted != null) {
        names.addAll(List.of(wanted.getNames()));
      }
    }
    return new CertificateRequest(encoded, encoded.getSubject(), names);
  }

  /** The last common name; empty for none. */
  public String commonName() {
    List<String> all = parts(BCStyle.CN);
    return all.isEmpty() ? "" : all.getLast();
  }

  /** The organizations: a client's groups. */
  public List<String> organizations() {
    return parts(BCStyle.O);
  }

  private List<String> parts(ASN1ObjectIdentifier type) {
    List<String> values = new ArrayList<>();
    for (RDN rdn : subject.getRDNs(type)) {
      // One element of a name may have several parts, and all of them count.
      for (AttributeTypeAndValue part : rdn.getTypesAndValues()) {
        if (part.getType().equals(type)) {
          values.add(IETFUtils.valueToString(part.getValue()));
        }
      }
    }
    return values;
  }

  /** True when there is an alternative name of that tag of {@link GeneralName}. */
  public boolean hasName(int tag) {
    return names.stream().anyMatch(n -> n.getTagNo() == tag);
  }

  /** The key to certify. */
  public PublicKey key() throws GeneralSecurityException {
    return new JcaPKCS10CertificationRequest(encoded).getPublicKey();
  }

  /** True when whoever asks has the private key: the request is signed with it. */
  public boolean isProven() {
    try {
      return encoded.isSignatureValid(
          new JcaContentVerifierProviderBuilder().build(encoded.getSubjectPublicKeyInfo()));
    } catch (OperatorCreationException | PKCSException e) {
      return false;
    }
  }
}
