package dev.mokha.node.volume;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ApiClient;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a PersistentVolumeClaim's data lies on this host: hostPath and local volumes. */
public final class VolumeClaims {
  private final ResourceClient<PersistentVolumeClaim> claims;
  private final ResourceClient<PersistentVolume> volumes;

  /** Claims read through a client. */
  public VolumeClaims(ApiClient client) {
    requireNonNull(client, "client");
    this.claims = ResourceClient.of(client, Kinds.PERSISTENT_VOLUME_CLAIM);
    this.volumes = ResourceClient.of(client, Kinds.PERSISTENT_VOLUME);
  }

  Path resolve(String namespace, String name) {
    PersistentVolumeClaim claim =
        claims
            .find(namespace, name)
            .orElseThrow(
                () -> new VolumeException("persistentvolumeclaim \"" + name + "\" not found"));
    String volumeName = claim.getSpec().getVolumeName();
    if (volumeName == null || volumeName.isEmpty()) {
      throw new VolumeException("persistentvolumeclaim \"" + name + "\" is not bound yet");
    }
    PersistentVolume volume =
        volumes
            .find("", volumeName)
            .orElseThrow(
                () -> new VolumeException("persistentvolume \"" + volumeName + "\" not found"));
    if (volume.getSpec().getHostPath() != null) {
      return HostPaths.resolve(
          volume.getSpec().getHostPath().getPath(), volume.getSpec().getHostPath().getType());
    }
    if (volume.getSpec().getLocal() != null) {
      Path path = Path.of(volume.getSpec().getLocal().getPath());
      if (!Files.isDirectory(path)) {
        throw new VolumeException("local volume " + volumeName + ": " + path + " is no directory");
      }
      return path;
    }
    throw new VolumeException(
        "persistentvolume \"" + volumeName + "\" is of a kind that this node does not support");
  }
}
