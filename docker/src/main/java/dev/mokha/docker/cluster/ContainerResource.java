package dev.mokha.docker.cluster;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Makes the resource known to a cluster: its definition, and the policy by which nobody but the
 * node itself writes its objects. Server-side applied, so that a newer Mokha brings its own.
 */
public final class ContainerResource {
  /** The resource. */
  public static final GroupVersionResource CONTAINERS =
      new GroupVersionResource("engine.mokha.dev", "v1alpha1", "containers");

  private static final Logger log = LoggerFactory.getLogger(ContainerResource.class);
  private static final Map<String, GroupVersionResource> RESOURCES =
      Map.of(
          "CustomResourceDefinition",
          new GroupVersionResource("apiextensions.k8s.io", "v1", "customresourcedefinitions"),
          "ValidatingAdmissionPolicy",
          new GroupVersionResource(
              "admissionregistration.k8s.io", "v1", "validatingadmissionpolicies"),
          "ValidatingAdmissionPolicyBinding",
          new GroupVersionResource(
              "admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings"));
  private static final Duration RETRY = Duration.ofSeconds(2);

  private ContainerResource() {}

  /**
   * Makes it known, on a thread of its own, as soon as the API takes it.
   *
   * @param admin may write definitions and policies
   */
  public static void install(ApiClient admin) {
    requireNonNull(admin, "admin");
    Thread.ofVirtual()
        .name("container-resource")
        .start(
            () -> {
              try {
                while (!apply(admin)) {
                  Thread.sleep(RETRY);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private static boolean apply(ApiClient admin) {
    try {
      for (ObjectNode each : objects()) {
        admin.patch(
            RESOURCES.get(each.path("kind").asString("")),
            "",
            each.path("metadata").path("name").asString(""),
            "",
            ApiClient.PatchType.APPLY,
            KubeObject.of(each).json(),
            true);
      }
      return true;
    } catch (StatusException e) {
      log.warn("The cluster does not know of Docker's containers yet: {}", e.getMessage());
      return false;
    }
  }

  /** The objects, in the order they are applied. */
  static List<ObjectNode> objects() {
    try (InputStream in = ContainerResource.class.getResourceAsStream("containers.yaml");
        MappingIterator<ObjectNode> all =
            new YAMLMapper().readerFor(ObjectNode.class).readValues(in)) {
      return all.readAll();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
