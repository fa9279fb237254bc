package dev.mokha.controllers.deployment;

import dev.mokha.api.object.Json;
import dev.mokha.client.Typed;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The revisions of a Deployment: templates, their hashes and numbers. */
final class Revisions {
  static final String HASH_LABEL = "pod-template-hash";
  static final String REVISION = "deployment.kubernetes.io/revision";
  static final String HISTORY = "deployment.kubernetes.io/revision-history";
  static final String DESIRED = "deployment.kubernetes.io/desired-replicas";
  static final String MAX = "deployment.kubernetes.io/max-replicas";

  /** No vowels and no look-alikes, so that a hash never spells a word. */
  private static final char[] SAFE = "bcdfghjklmnpqrstvwxz2456789".toCharArray();

  private Revisions() {}

  /** Ten letters that stand for a template; another collision count gives another name. */
  static String hash(PodTemplateSpec template, int collisions) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(Json.bytes(sorted(Typed.tree(template))));
      sha.update((byte) collisions);
      byte[] digest = sha.digest();
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 10; i++) {
        text.append(SAFE[(digest[i] & 0xff) % SAFE.length]);
      }
      return text.toString();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  private static JsonNode sorted(JsonNode node) {
    if (node instanceof ObjectNode object) {
      ObjectNode out = Json.MAPPER.createObjectNode();
      Map<String, JsonNode> fields = new TreeMap<>();
      object.properties().forEach(e -> fields.put(e.getKey(), sorted(e.getValue())));
      fields.forEach(out::set);
      return out;
    }
    if (node.isArray()) {
      var out = Json.MAPPER.createArrayNode();
      node.forEach(n -> out.add(sorted(n)));
      return out;
    }
    return node;
  }

  /** Whether two templates are the same but for the hash label. */
  static boolean same(PodTemplateSpec a, PodTemplateSpec b) {
    return withoutHash(a).equals(withoutHash(b));
  }

  private static JsonNode withoutHash(PodTemplateSpec template) {
    PodTemplateSpec bare =
        new PodTemplateSpecBuilder(template)
            .editOrNewMetadata()
            .removeFromLabels(HASH_LABEL)
            .endMetadata()
            .build();
    return sorted(Typed.tree(bare));
  }

  static long revision(HasMetadata object) {
    return number(object, REVISION);
  }

  static long number(HasMetadata object, String annotation) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    String text = annotations == null ? null : annotations.get(annotation);
    try {
      return text == null ? 0 : Long.parseLong(text);
    } catch (NumberFormatException e) {
      return 0; // a user wrote it: count anew
    }
  }

  static long next(List<ReplicaSet> sets) {
    return sets.stream().mapToLong(Revisions::revision).max().orElse(0) + 1;
  }
}
