package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** The rules for certificate signing requests, but for what the encoded request itself says. */
final class CertificateRules {
  private static final String LEGACY = "kubernetes.io/legacy-unknown";
  private static final long LEAST_SECONDS = 600;
  private static final int LONGEST_SIGNER = 571;
  private static final List<String> FINAL = List.of("Approved", "Denied", "Failed");

  /** The usages that the API knows (RFC 5280, 4.2.1.3 and 4.2.1.12), in their order. */
  private static final String[] USAGES = {
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping"
  };

  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----[\\sA-Za-z0-9+/=]+-----END CERTIFICATE-----");

  private CertificateRules() {}

  static void request(Value request) {
    Value spec = request.at("spec");
    Value body = spec.at("request");
    if (!isRequest(body.text())) {
      body.invalid("PEM block type must be CERTIFICATE REQUEST");
    }
    Value usages = spec.at("usages");
    if (usages.isEmpty()) {
      usages.required();
    }
    Set<String> seen = new HashSet<>();
    for (Value usage : usages.elements()) {
      usage.oneOf(USAGES);
      if (!seen.add(usage.text())) {
        usage.duplicate();
      }
    }
    signer(spec.at("signerName"));
    Value seconds = spec.at("expirationSeconds");
    if (seconds.exists() && seconds.number() < LEAST_SECONDS) {
      seconds.invalid("may not specify a duration less than 600 seconds (10 minutes)");
    }
    conditions(request.at("status", "conditions"));
  }

  private static boolean isRequest(String base64) {
    try {
      String text = new String(Base64.getDecoder().decode(base64), StandardCharsets.US_ASCII);
      return text.contains("-----BEGIN CERTIFICATE REQUEST-----");
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static void signer(Value signer) {
    if (!signer.isRequired()) {
      return;
    }
    String name = signer.text();
    if (name.equals(LEGACY)) {
      signer.invalid("the legacy signerName is not allowed via this API version");
      return;
    }
    int slash = name.indexOf('/');
    String domain = slash < 0 ? name : name.substring(0, slash);
    String path = slash < 0 ? "" : name.substring(slash + 1);
    boolean good =
        slash > 0
            && path.indexOf('/') < 0
            && domain.indexOf('.') > 0
            && Names.dns1123Subdomain(domain).isEmpty()
            && Names.dns1123Subdomain(path).isEmpty();
    if (!good) {
      signer.invalid(
          "must be a fully qualified domain and path of the form 'example.com/signer-name'");
    } else if (name.length() > LONGEST_SIGNER) {
      signer.errors().tooLong(signer.path(), LONGEST_SIGNER);
    }
  }

  private static void conditions(Value conditions) {
    Set<String> seen = new HashSet<>();
    boolean approved = false;
    boolean denied = false;
    for (Value condition : conditions.elements()) {
      Value type = condition.at("type");
      if (type.isRequired()) {
        approved |= type.is("Approved");
        denied |= type.is("Denied");
        if (!seen.add(type.text())) {
          type.duplicate();
        }
      }
      Value status = condition.at("status");
      if (status.isRequired()) {
        if (FINAL.contains(type.text())) {
          status.oneOf("True");
        } else {
          status.oneOf("True", "False", "Unknown");
        }
      }
    }
    if (approved && denied) {
      conditions.invalid("Denied", "Approved and Denied conditions are mutually exclusive");
    }
  }

  static void change(Value request, Value old) {
    immutableParts(request, old, false);
    StorageRules.specStays(request, old);
  }

  /** Through {@code approval}, a request is approved or denied, for good. */
  static void approval(Value request, Value old) {
    conditions(request.at("status", "conditions"));
    immutableParts(request, old, true);
  }

  /** Through {@code status}, the signer delivers the certificate, or says that it won't. */
  static void status(Value request, Value old) {
    conditions(request.at("status", "conditions"));
    immutableParts(request, old, false);
    Value certificate = request.at("status", "certificate");
    String text = certificate.text();
    String before = old.at("status", "certificate").text();
    if (text.equals(before)) {
      return;
    }
    if (!before.isEmpty()) {
      certificate.forbidden("updates may not modify existing certificate content");
    } else {
      certificate(certificate, text);
    }
  }

  private static void certificate(Value certificate, String base64) {
    String text;
    try {
      text = new String(Base64.getDecoder().decode(base64), StandardCharsets.US_ASCII);
    } catch (IllegalArgumentException e) {
      text = "";
    }
    if (!CERTIFICATE.matcher(text).find()) {
      certificate.invalid("<certificate data>", "must contain at least one CERTIFICATE PEM block");
      return;
    }
    try {
      CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (CertificateException e) {
      certificate.invalid("<certificate data>", "x509: malformed certificate");
    }
  }

  private static void immutableParts(Value request, Value old, boolean mayDecide) {
    Value conditions = request.at("status", "conditions");
    for (String type : FINAL) {
      List<JsonNode> now = ofType(conditions, type);
      List<JsonNode> before = ofType(old.at("status", "conditions"), type);
      boolean mayAdd = mayDecide || type.equals("Failed");
      if (now.size() < before.size()) {
        conditions.forbidden("updates may not remove a condition of type \"" + type + "\"");
      } else if (!mayAdd && now.size() > before.size()) {
        conditions.forbidden("updates may not add a condition of type \"" + type + "\"");
      } else if (!mayDecide && !type.equals("Failed") && !Objects.equals(now, before)) {
        conditions.forbidden("updates may not modify a condition of type \"" + type + "\"");
      }
    }
  }

  private static List<JsonNode> ofType(Value conditions, String type) {
    return conditions.elements().stream()
        .filter(c -> c.at("type").is(type))
        .map(Value::node)
        .toList();
  }
}
