package dev.mokha.node.volume;

import dev.mokha.node.environment.PodFields;
import dev.mokha.node.volume.AtomicDirectory.Content;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.DownwardAPIVolumeFile;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccountTokenProjection;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is in a volume that is made from API objects: configMap, secret, downwardAPI, projected. */
final class VolumeContents {
  private static final int DEFAULT_MODE = 0644;

  private final Pod pod;
  private final Sources sources;
  private final PodFields.Surroundings surroundings;

  /** Where the objects come from. */
  interface Sources {
    Optional<ConfigMap> configMap(String name);

    Optional<Secret> secret(String name);

    /** A token for the pod's service account. */
    String token(ServiceAccountTokenProjection projection);
  }

  VolumeContents(Pod pod, Sources sources, PodFields.Surroundings surroundings) {
    this.pod = pod;
    this.sources = sources;
    this.surroundings = surroundings;
  }

  /** True when the volume is one of these. */
  static boolean isContent(Volume volume) {
    return volume.getConfigMap() != null
        || volume.getSecret() != null
        || volume.getDownwardAPI() != null
        || volume.getProjected() != null;
  }

  /**
   * The files by path.
   *
   * @throws VolumeException when an object or a key that is not optional is missing
   */
  Map<String, Content> of(Volume volume) {
    Map<String, Content> files = new LinkedHashMap<>();
    if (volume.getConfigMap() != null) {
      var source = volume.getConfigMap();
      int mode = mode(source.getDefaultMode(), DEFAULT_MODE);
      configMap(files, source.getName(), source.getItems(), source.getOptional(), mode);
    } else if (volume.getSecret() != null) {
      var source = volume.getSecret();
      int mode = mode(source.getDefaultMode(), DEFAULT_MODE);
      secret(files, source.getSecretName(), source.getItems(), source.getOptional(), mode);
    } else if (volume.getDownwardAPI() != null) {
      var source = volume.getDownwardAPI();
      downward(files, source.getItems(), mode(source.getDefaultMode(), DEFAULT_MODE));
    } else {
      int mode = mode(volume.getProjected().getDefaultMode(), DEFAULT_MODE);
      for (VolumeProjection projection : volume.getProjected().getSources()) {
        projected(files, projection, mode);
      }
    }
    return files;
  }

  private void projected(Map<String, Content> files, VolumeProjection p, int mode) {
    if (p.getConfigMap() != null) {
      var source = p.getConfigMap();
      configMap(files, source.getName(), source.getItems(), source.getOptional(), mode);
    } else if (p.getSecret() != null) {
      var source = p.getSecret();
      secret(files, source.getName(), source.getItems(), source.getOptional(), mode);
    } else if (p.getDownwardAPI() != null) {
      downward(files, p.getDownwardAPI().getItems(), mode);
    } else if (p.getServiceAccountToken() != null) {
      byte[] token = sources.token(p.getServiceAccountToken()).getBytes(StandardCharsets.UTF_8);
      files.put(p.getServiceAccountToken().getPath(), tokenFile(token, mode));
    } else {
      throw new VolumeException(
          "a projected volume holds a source that this node does not support; it knows configMap,"
              + " secret, downwardAPI and serviceAccountToken");
    }
  }

  // A token is for its pod only: where the pod's user is known it alone may read it (KEP-2451).
  private Content tokenFile(byte[] token, int mode) {
    var context = pod.getSpec().getSecurityContext();
    if (context != null && context.getFsGroup() != null) {
      return new Content(token, 0600, -1);
    }
    Long user = null;
    boolean same = true;
    for (var c : pod.getSpec().getContainers()) {
      Long own = c.getSecurityContext() == null ? null : c.getSecurityContext().getRunAsUser();
      if (own == null && context != null) {
        own = context.getRunAsUser();
      }
      same &= own != null && (user == null || user.equals(own));
      user = own;
    }
    return same && user != null ? new Content(token, 0600, user) : new Content(token, mode, -1);
  }

  private static int mode(Integer mode, int otherwise) {
    return mode == null ? otherwise : mode;
  }

  private void configMap(
      Map<String, Content> files, String name, List<KeyToPath> items, Boolean optional, int mode) {
    Optional<ConfigMap> map = sources.configMap(name);
    if (map.isEmpty() && !Boolean.TRUE.equals(optional)) {
      throw new VolumeException("configmap \"" + name + "\" not found");
    }
    Map<String, byte[]> data = new LinkedHashMap<>();
    map.ifPresent(
        m -> {
          m.getData().forEach((k, v) -> data.put(k, v.getBytes(StandardCharsets.UTF_8)));
          m.getBinaryData().forEach((k, v) -> data.put(k, Base64.getDecoder().decode(v)));
        });
    select(files, "configmap \"" + name + "\"", data, items, optional, mode);
  }

  private void secret(
      Map<String, Content> files, String name, List<KeyToPath> items, Boolean optional, int mode) {
    Optional<Secret> secret = sources.secret(name);
    if (secret.isEmpty() && !Boolean.TRUE.equals(optional)) {
      throw new VolumeException("secret \"" + name + "\" not found");
    }
    Map<String, byte[]> data = new LinkedHashMap<>();
    secret.ifPresent(
        s -> s.getData().forEach((k, v) -> data.put(k, Base64.getDecoder().decode(v))));
    select(files, "secret \"" + name + "\"", data, items, optional, mode);
  }

  private static void select(
      Map<String, Content> files,
      String what,
      Map<String, byte[]> data,
      List<KeyToPath> items,
      Boolean optional,
      int mode) {
    if (items.isEmpty()) {
      data.forEach((k, v) -> files.put(k, new Content(v, mode, -1)));
      return;
    }
    for (KeyToPath item : items) {
      byte[] value = data.get(item.getKey());
      if (value != null) {
        files.put(item.getPath(), new Content(value, mode(item.getMode(), mode), -1));
      } else if (!Boolean.TRUE.equals(optional)) {
        throw new VolumeException(what + " has no key \"" + item.getKey() + "\"");
      }
    }
  }

  private void downward(Map<String, Content> files, List<DownwardAPIVolumeFile> items, int mode) {
    for (DownwardAPIVolumeFile item : items) {
      String value =
          item.getFieldRef() != null
              ? PodFields.field(pod, item.getFieldRef().getFieldPath(), surroundings)
              : PodFields.resource(pod, item.getResourceFieldRef(), Optional.empty(), surroundings);
      files.put(
          item.getPath(),
          new Content(value.getBytes(StandardCharsets.UTF_8), mode(item.getMode(), mode), -1));
    }
  }
}
