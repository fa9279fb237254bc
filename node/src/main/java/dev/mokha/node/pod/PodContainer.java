package dev.mokha.node.pod;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * One container of a pod's specification.
 *
 * @param kind its part
 * @param spec its specification; of an ephemeral container the fields both types share
 * @param target for an ephemeral container the one whose processes it wants to see; else empty
 */
public record PodContainer(ContainerKind kind, Container spec, String target) {
  /** Refuses nulls. */
  public PodContainer {
    requireNonNull(kind, "kind");
    requireNonNull(spec, "spec");
    requireNonNull(target, "target");
  }

  static PodContainer of(EphemeralContainer ephemeral) {
    Container spec = Json.MAPPER.convertValue(ephemeral, Container.class);
    String target = ephemeral.getTargetContainerName();
    return new PodContainer(ContainerKind.EPHEMERAL, spec, target == null ? "" : target);
  }

  /** Its name, unique in the pod. */
  public String name() {
    return spec.getName();
  }

  /**
   * Tells whether a run was made from this specification. Only name and image count: nothing else
   * of a container can change but its resources, and those are changed in place (KEP-1287).
   */
  public String hash() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((spec.getName() + "\n" + spec.getImage()).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
