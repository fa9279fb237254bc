package dev.mokha.server.aggregation;

import dev.mokha.api.object.KubeObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * An APIService, read once per revision of it.
 *
 * @param name of the object, {@code VERSION.GROUP}
 * @param uid of the object
 * @param group API group; empty for the core group
 * @param version such as {@code v1alpha1}
 * @param groupPriority among groups, the highest first; that of a group is the highest of its
 *     versions
 * @param versionPriority among the versions of a group, the highest first
 * @param service who answers; empty when this server does
 * @param availability the condition {@code Available}, as it is written down
 */
public record ApiService(
    String name,
    String uid,
    String group,
    String version,
    int groupPriority,
    int versionPriority,
    Optional<Backend> service,
    Availability availability) {

  /**
   * The service that answers for a group and version.
   *
   * @param namespace its namespace
   * @param name its name; its certificate must be for {@code NAME.NAMESPACE.svc}
   * @param port the service's own port
   * @param trust whose certificates are believed
   */
  public record Backend(String namespace, String name, int port, Trust trust) {
    /** The name that the server's certificate must have. */
    public String hostName() {
      return name + "." + namespace + ".svc";
    }
  }

  /**
   * Which certificates of an extension server are believed.
   *
   * @param authorities PEM; empty for the authorities the Java runtime knows
   * @param anything true to believe whatever is shown
   */
  public record Trust(String authorities, boolean anything) {}

  static ApiService of(KubeObject object) {
    JsonNode tree = object.toTree();
    JsonNode spec = tree.path("spec");
    return new ApiService(
        object.name(),
        object.uid(),
        spec.path("group").asString(""),
        spec.path("version").asString(""),
        spec.path("groupPriorityMinimum").asInt(0),
        spec.path("versionPriority").asInt(0),
        backend(spec),
        Availability.of(tree));
  }

  private static Optional<Backend> backend(JsonNode spec) {
    JsonNode service = spec.path("service");
    if (!service.isObject()) {
      return Optional.empty();
    }
    return Optional.of(
        new Backend(
            service.path("namespace").asString(""),
            service.path("name").asString(""),
            service.path("port").asInt(443),
            new Trust(pem(spec), spec.path("insecureSkipTLSVerify").asBoolean(false))));
  }

  private static String pem(JsonNode spec) {
    try {
      return new String(
          Base64.getDecoder().decode(spec.path("caBundle").asString("")),
          StandardCharsets.ISO_8859_1);
    } catch (IllegalArgumentException e) {
      return ""; // Validation has refused it; the availability check will say what is wrong.
    }
  }

  /** {@code GROUP/VERSION}. */
  public String groupVersion() {
    return group + "/" + version;
  }
}
