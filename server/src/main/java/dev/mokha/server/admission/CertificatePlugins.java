package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.authorization.Attributes;
import dev.mokha.server.authorization.Authorizer;
import dev.mokha.server.certificates.CertificateRequest;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * The three rules about signing requests: who approves for a signer must hold the verb {@code
 * approve} on it, who signs for it the verb {@code sign}, and the signer of API clients never makes
 * a member of {@code system:masters}.
 */
public final class CertificatePlugins {
  private static final String GROUP = "certificates.k8s.io";
  private static final String RESOURCE = "certificatesigningrequests";

  private CertificatePlugins() {}

  /** All three. */
  public static List<AdmissionPlugin> all(Authorizer authorizer) {
    return List.of(new Approval(authorizer), new Signing(authorizer), new SubjectRestriction());
  }

  private static boolean is(AdmissionRequest request, String subresource) {
    return request.type().gvr().group().equals(GROUP)
        && request.type().gvr().resource().equals(RESOURCE)
        && request.subresource().equals(subresource);
  }

  private static boolean may(
      Authorizer authorizer, AdmissionRequest request, String verb, String signer) {
    String domain = signer.substring(0, Math.max(0, signer.indexOf('/'))) + "/*";
    return authorizer.authorize(wish(request, verb, signer)).allowed()
        || authorizer.authorize(wish(request, verb, domain)).allowed();
  }

  private static Attributes wish(AdmissionRequest request, String verb, String signer) {
    return Attributes.ofResource(request.user(), verb, GROUP, "*", "signers", "", "", signer);
  }

  private static String signer(AdmissionRequest request) {
    return request
        .oldObject()
        .map(KubeObject::toTree)
        .map(JsonNode.class::cast)
        .orElse(request.object())
        .path("spec")
        .path("signerName")
        .asString("");
  }

  private record Approval(Authorizer authorizer) implements AdmissionPlugin {
    Approval {
      requireNonNull(authorizer);
    }

    @Override
    public String name() {
      return "CertificateApproval";
    }

    @Override
    public boolean handles(AdmissionRequest request) {
      return is(request, "approval");
    }

    @Override
    public void validate(AdmissionRequest request) {
      String signer = signer(request);
      if (!may(authorizer, request, "approve", signer)) {
        throw request.refuse(
            "user not permitted to approve requests with signerName \"" + signer + "\"");
      }
    }
  }

  private record Signing(Authorizer authorizer) implements AdmissionPlugin {
    Signing {
      requireNonNull(authorizer);
    }

    @Override
    public String name() {
      return "CertificateSigning";
    }

    @Override
    public boolean handles(AdmissionRequest request) {
      return is(request, "status");
    }

    /** Only a new certificate, or a new word on its failure, takes the right to sign. */
    @Override
    public void validate(AdmissionRequest request) {
      JsonNode now = request.object().path("status");
      JsonNode before =
          request.oldObject().map(o -> o.toTree().path("status")).orElse(MissingNode.getInstance());
      boolean same =
          now.path("certificate").equals(before.path("certificate"))
              && now.path("conditions").equals(before.path("conditions"));
      String signer = signer(request);
      if (!same && !may(authorizer, request, "sign", signer)) {
        throw request.refuse(
            "user not permitted to sign requests with signerName \"" + signer + "\"");
      }
    }
  }

  private static final class SubjectRestriction implements AdmissionPlugin {
    private static final String CLIENT = "kubernetes.io/kube-apiserver-client";

    @Override
    public String name() {
      return "CertificateSubjectRestriction";
    }

    @Override
    public boolean handles(AdmissionRequest request) {
      return is(request, "") && request.operation() == AdmissionRequest.Operation.CREATE;
    }

    @Override
    public void validate(AdmissionRequest request) {
      JsonNode spec = request.object().path("spec");
      if (!spec.path("signerName").asString("").equals(CLIENT)) {
        return;
      }
      boolean master =
          CertificateRequest.parse(spec.path("request").asString(""))
              .organizations()
              .contains("system:masters");
      if (master) {
        throw request.refuse(
            "use of " + CLIENT + " signer with system:masters group is not allowed");
      }
    }
  }
}
