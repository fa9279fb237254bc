package dev.mokha.node.environment;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.images.Image;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container's environment variables and command line. Later sources win: the image's variables,
 * Services, envFrom, env.
 */
public final class ContainerEnvironment {
  private final Objects objects;

  /** Where ConfigMaps and Secrets come from. */
  public interface Objects {
    /** The ConfigMap if it exists. */
    Optional<ConfigMap> configMap(String namespace, String name);

    /** The Secret if it exists. */
    Optional<Secret> secret(String namespace, String name);
  }

  /** An environment that reads through this. */
  public ContainerEnvironment(Objects objects) {
    this.objects = requireNonNull(objects, "objects");
  }

  /**
   * The variables that the pod gives a container, expanded.
   *
   * @param services those of {@link ServiceVariables}
   * @throws ConfigurationException when a source that is not optional is missing
   */
  public Map<String, String> variables(
      Pod pod,
      Container container,
      Map<String, String> services,
      PodFields.Surroundings surroundings) {
    Map<String, String> result = new LinkedHashMap<>();
    for (EnvFromSource source : container.getEnvFrom()) {
      fromSource(pod, source, result);
    }
    for (EnvVar variable : container.getEnv()) {
      Map<String, String> known = new LinkedHashMap<>(services);
      known.putAll(result);
      value(pod, container, variable, known, surroundings)
          .ifPresent(v -> result.put(variable.getName(), v));
    }
    services.forEach(result::putIfAbsent);
    return result;
  }

  private void fromSource(Pod pod, EnvFromSource source, Map<String, String> result) {
    String namespace = pod.getMetadata().getNamespace();
    String prefix = source.getPrefix() == null ? "" : source.getPrefix();
    if (source.getConfigMapRef() != null) {
      String name = source.getConfigMapRef().getName();
      Optional<ConfigMap> map = objects.configMap(namespace, name);
      if (map.isEmpty() && !Boolean.TRUE.equals(source.getConfigMapRef().getOptional())) {
        throw new ConfigurationException("configmap \"" + name + "\" not found");
      }
      map.ifPresent(m -> m.getData().forEach((k, v) -> put(result, prefix + k, v)));
    }
    if (source.getSecretRef() != null) {
      String name = source.getSecretRef().getName();
      Optional<Secret> secret = objects.secret(namespace, name);
      if (secret.isEmpty() && !Boolean.TRUE.equals(source.getSecretRef().getOptional())) {
        throw new ConfigurationException("secret \"" + name + "\" not found");
      }
      secret.ifPresent(s -> s.getData().forEach((k, v) -> put(result, prefix + k, decoded(v))));
    }
  }

  // A key that can't be a variable's name is left out.
  private static void put(Map<String, String> result, String name, String value) {
    boolean valid = !name.isEmpty() && name.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '=');
    if (valid) {
      result.put(name, value);
    }
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }

  private Optional<String> value(
      Pod pod,
      Container container,
      EnvVar variable,
      Map<String, String> known,
      PodFields.Surroundings surroundings) {
    EnvVarSource from = variable.getValueFrom();
    if (from == null) {
      String value = variable.getValue();
      return Optional.of(value == null ? "" : Expansion.expand(value, known));
    }
    String namespace = pod.getMetadata().getNamespace();
    if (from.getFieldRef() != null) {
      return Optional.of(PodFields.field(pod, from.getFieldRef().getFieldPath(), surroundings));
    }
    if (from.getResourceFieldRef() != null) {
      return Optional.of(
          PodFields.resource(
              pod, from.getResourceFieldRef(), Optional.of(container), surroundings));
    }
    if (from.getConfigMapKeyRef() != null) {
      String name = from.getConfigMapKeyRef().getName();
      String key = from.getConfigMapKeyRef().getKey();
      Optional<ConfigMap> map = objects.configMap(namespace, name);
      boolean optional = Boolean.TRUE.equals(from.getConfigMapKeyRef().getOptional());
      return required(
          map.map(m -> m.getData().get(key)),
          optional,
          map.isPresent(),
          "configmap",
          name,
          key,
          pod);
    }
    if (from.getSecretKeyRef() != null) {
      String name = from.getSecretKeyRef().getName();
      String key = from.getSecretKeyRef().getKey();
      Optional<Secret> secret = objects.secret(namespace, name);
      boolean optional = Boolean.TRUE.equals(from.getSecretKeyRef().getOptional());
      return required(
          secret.map(s -> s.getData().get(key)).map(ContainerEnvironment::decoded),
          optional,
          secret.isPresent(),
          "secret",
          name,
          key,
          pod);
    }
    throw new ConfigurationException(
        "variable " + variable.getName() + " has a source that this node does not know");
  }

  private static Optional<String> required(
      Optional<String> value,
      boolean optional,
      boolean objectExists,
      String kind,
      String name,
      String key,
      Pod pod) {
    if (value.isPresent() || optional) {
      return value;
    }
    throw new ConfigurationException(
        objectExists
            ? "couldn't find key %s in %s %s/%s"
                .formatted(
                    key,
                    kind.equals("secret") ? "Secret" : "ConfigMap",
                    pod.getMetadata().getNamespace(),
                    name)
            : kind + " \"" + name + "\" not found");
  }

  /** All of a container's variables, the image's first, as {@code KEY=value}. */
  public static List<String> complete(
      Image.Config image, Map<String, String> variables, String hostname) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    all.put("HOSTNAME", hostname);
    for (String line : image.env()) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        all.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    all.putAll(variables);
    List<String> lines = new ArrayList<>();
    all.forEach((k, v) -> lines.add(k + "=" + v));
    return lines;
  }

  /**
   * A container's command line: the pod's command replaces the image's entrypoint together with its
   * default arguments, the pod's args only the arguments.
   *
   * @throws ConfigurationException when neither says what to run
   */
  public static List<String> commandLine(
      Container container, Image.Config image, Map<String, String> variables) {
    List<String> words = new ArrayList<>();
    List<String> command = container.getCommand();
    if (command.isEmpty()) {
      words.addAll(image.entrypoint());
    } else {
      command.forEach(word -> words.add(Expansion.expand(word, variables)));
    }
    if (!container.getArgs().isEmpty()) {
      container.getArgs().forEach(word -> words.add(Expansion.expand(word, variables)));
    } else if (command.isEmpty()) {
      words.addAll(image.cmd());
    }
    if (words.isEmpty()) {
      throw new ConfigurationException(
          "no command specified: neither the pod nor the image "
              + container.getImage()
              + " says what to run");
    }
    return words;
  }
}
