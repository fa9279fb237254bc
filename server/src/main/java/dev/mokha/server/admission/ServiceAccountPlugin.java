package dev.mokha.server.admission;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.names.GeneratedNames;
import dev.mokha.api.object.KubeObject;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.storage.ObjectReader;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives each pod a service account, and its containers the account's token, the cluster's CA and
 * the namespace's name, in one projected volume.
 */
public final class ServiceAccountPlugin implements AdmissionPlugin {
  private static final String MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
  private static final String VOLUME_PREFIX = "kube-api-access-";

  /** Odd, so that nobody mistakes it for a time a user has chosen; the node renews in time. */
  private static final int TOKEN_SECONDS = 3607;

  /** A new namespace's default account is made by a controller, a moment after the namespace. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final GeneratedNames NAMES = new GeneratedNames(new SecureRandom());

  private final ObjectReader objects;

  /** Looks the accounts up among the stored objects. */
  public ServiceAccountPlugin(ObjectReader objects) {
    this.objects = requireNonNull(objects);
  }

  @Override
  public String name() {
    return "ServiceAccount";
  }

  @Override
  public boolean handles(AdmissionRequest request) {
    return request.isCreateOf("", "pods")
        || (request.operation() == Operation.UPDATE
            && request.subresource().equals("ephemeralcontainers")
            && request.type().gvr().resource().equals("pods"));
  }

  @Override
  public void mutate(AdmissionRequest request) {
    ObjectNode pod = request.object();
    ObjectNode spec = PodTree.spec(pod);
    if (request.operation() == Operation.UPDATE) {
      mountInto(spec, tokenVolume(spec), "ephemeralContainers");
      return;
    }
    if (PodTree.isMirror(pod)) {
      refuseSecretsOfMirrors(request, spec);
      return;
    }
    String name = PodTree.text(spec, "serviceAccountName");
    if (name.isEmpty()) {
      name = PodTree.text(spec, "serviceAccount");
    }
    if (name.isEmpty()) {
      name = "default";
    }
    spec.put("serviceAccountName", name);
    spec.put("serviceAccount", name);
    JsonNode account = account(request, name).toTree();
    if (automount(spec, account)) {
      mountInto(spec, volumeName(spec), "initContainers", "containers");
    }
    JsonNode pull = account.path("imagePullSecrets");
    if (spec.path("imagePullSecrets").isEmpty() && !pull.isEmpty()) {
      spec.set("imagePullSecrets", pull);
    }
  }

  private static void refuseSecretsOfMirrors(AdmissionRequest request, ObjectNode spec) {
    if (!PodTree.text(spec, "serviceAccountName").isEmpty()) {
      throw request.refuse("a mirror pod may not reference service accounts");
    }
    for (JsonNode volume : spec.path("volumes")) {
      if (volume.has("secret")) {
        throw request.refuse("a mirror pod may not reference secrets");
      }
      for (JsonNode source : volume.path("projected").path("sources")) {
        if (source.has("serviceAccountToken")) {
          throw request.refuse("a mirror pod may not use ServiceAccountToken volume projections");
        }
      }
    }
  }

  private KubeObject account(AdmissionRequest request, String name) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Optional<KubeObject> found = objects.find("", "serviceaccounts", request.namespace(), name);
      if (found.isPresent()) {
        return found.get();
      }
      if (!name.equals("default") || System.nanoTime() > deadline) {
        throw request.refuse(
            "error looking up service account %s/%s: serviceaccount \"%s\" not found"
                .formatted(request.namespace(), name, name));
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private static boolean automount(JsonNode spec, JsonNode account) {
    JsonNode own = spec.path("automountServiceAccountToken");
    return own.isBoolean()
        ? own.booleanValue()
        : account.path("automountServiceAccountToken").asBoolean(true);
  }

  /** The volume there is, if the pod has one. */
  private static String tokenVolume(ObjectNode spec) {
    for (JsonNode volume : spec.path("volumes")) {
      String name = PodTree.text(volume, "name");
      if (name.startsWith(VOLUME_PREFIX)) {
        return name;
      }
    }
    return "";
  }

  private static String volumeName(ObjectNode spec) {
    String existing = tokenVolume(spec);
    if (!existing.isEmpty()) {
      return existing;
    }
    return NAMES.name(VOLUME_PREFIX);
  }

  private static void mountInto(ObjectNode spec, String volume, String... lists) {
    if (volume.isEmpty()) {
      return;
    }
    boolean mounted = false;
    for (ObjectNode container : PodTree.containers(spec, lists)) {
      ArrayNode mounts = PodTree.array(container, "volumeMounts");
      boolean taken = false;
      for (JsonNode mount : mounts) {
        taken |= PodTree.text(mount, "mountPath").equals(MOUNT_PATH);
      }
      if (!taken) {
        mounts.addObject().put("name", volume).put("readOnly", true).put("mountPath", MOUNT_PATH);
        mounted = true;
      }
    }
    if (mounted && tokenVolume(spec).isEmpty()) {
      describeVolume(PodTree.array(spec, "volumes").addObject().put("name", volume));
    }
  }

  private static void describeVolume(ObjectNode volume) {
    ObjectNode projected = volume.putObject("projected");
    ArrayNode sources = projected.putArray("sources");
    sources
        .addObject()
        .putObject("serviceAccountToken")
        .put("expirationSeconds", TOKEN_SECONDS)
        .put("path", "token");
    ObjectNode ca = sources.addObject().putObject("configMap").put("name", "kube-root-ca.crt");
    ca.putArray("items").addObject().put("key", "ca.crt").put("path", "ca.crt");
    ObjectNode item = sources.addObject().putObject("downwardAPI").putArray("items").addObject();
    item.put("path", "namespace");
    item.putObject("fieldRef").put("apiVersion", "v1").put("fieldPath", "metadata.namespace");
    projected.put("defaultMode", 0644);
  }
}
