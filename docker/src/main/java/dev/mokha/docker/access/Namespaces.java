package dev.mokha.docker.access;

import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * Which of the cluster's namespaces a thing of the engine belongs to: what its label says, else
 * {@code default}. The label is the maker's to give, as far as he has rights there; nothing changes
 * it afterwards.
 */
public final class Namespaces {
  /** The label of containers, volumes and networks. */
  public static final String LABEL = "mokha.dev/namespace";

  /** Where things without the label belong. */
  public static final String DEFAULT = "default";

  private Namespaces() {}

  /** The namespace that labels say. */
  public static String of(Map<String, String> labels) {
    String said = labels.getOrDefault(LABEL, "");
    return said.isEmpty() ? DEFAULT : said;
  }

  /**
   * The namespace of something that is to be made.
   *
   * @param config what is asked for, with {@code Labels}
   * @param home the maker's own namespace, which it is when no label says another
   */
  public static String ofNew(JsonNode config, String home) {
    String said = config.path("Labels").path(LABEL).asString("");
    return said.isEmpty() ? home : said;
  }

  /** The labels with a namespace in them; those of {@code default} stay as they are. */
  public static Map<String, String> mark(Map<String, String> labels, String namespace) {
    if (of(labels).equals(namespace)) {
      return labels;
    }
    Map<String, String> marked = new TreeMap<>(labels);
    marked.put(LABEL, namespace);
    return marked;
  }
}
