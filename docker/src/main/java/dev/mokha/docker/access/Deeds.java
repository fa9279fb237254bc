package dev.mokha.docker.access;

import dev.mokha.client.access.Deed;
import dev.mokha.docker.http.Action;
import dev.mokha.engine.images.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The rights an action needs, all of them, in the API group {@code engine.mokha.dev}.
 *
 * <ul>
 *   <li>{@code VERB RESOURCE} of the thing's namespace: {@code create containers}, {@code exec
 *       containers}, {@code delete volumes}. Verbs are those of the API and, for what is done with
 *       a thing, the words of the docker command.
 *   <li>{@code run images}, named by repository, in the namespace, for the image of a new
 *       container.
 *   <li>{@code use hostpowers}, named {@code privileged}, {@code host-path} and so on, in the
 *       namespace, for each hold on the host that a container asks for.
 *   <li>What gives, changes or takes a name of an image concerns all of the node, pods too: it
 *       needs the right in the whole cluster, unless the repository's path begins with the
 *       namespace ({@code team/app} in namespace {@code team}).
 * </ul>
 */
final class Deeds {
  static final String GROUP = "engine.mokha.dev";
  static final String VERSION = "v1alpha1";

  /** What there is one of on each node, whatever the namespace. */
  private static final Set<String> NODE_WIDE = Set.of("system");

  /** What changes which image a name means, or takes images away. */
  private static final Set<String> RENAMING =
      Set.of("tag", "load", "import", "commit", "delete", "prune", "create");

  /** Where images without a path of their own lie: no namespace of that name has them. */
  private static final String SHARED = "library";

  private Deeds() {}

  /**
   * The questions to ask.
   *
   * @param home the caller's own namespace, for things that have none
   */
  static List<Deed> of(Action action, String home) {
    List<Deed> deeds = new ArrayList<>();
    if (action.verb().equals("ping")) {
      return deeds; // who may connect may know what he speaks to
    }
    String namespace = action.namespace().isEmpty() ? home : action.namespace();
    switch (action.resource()) {
      case "images" -> deeds.add(image(action, namespace));
      case "build" -> {
        // What was built is cached for all: only builds are of a namespace.
        String where = action.verb().equals("create") ? namespace : "";
        deeds.add(deed(action.verb(), "build", where, ""));
        if (!action.image().isEmpty()) {
          deeds.add(naming("tag", action.image(), namespace));
        }
      }
      default ->
          deeds.add(
              deed(
                  action.verb(),
                  action.resource(),
                  NODE_WIDE.contains(action.resource()) ? "" : namespace,
                  action.verb().equals("create") ? "" : action.name()));
    }
    if (action.resource().equals("containers") && !action.image().isEmpty()) {
      deeds.add(
          action.verb().equals("commit")
              ? naming("tag", action.image(), namespace)
              : deed("run", "images", namespace, repository(action.image())));
    }
    for (Action.Power power : action.powers()) {
      deeds.add(
          deed(
              "use",
              "hostpowers",
              namespace,
              power.name().toLowerCase(Locale.ROOT).replace('_', '-')));
    }
    return deeds;
  }

  private static Deed image(Action action, String namespace) {
    String name = action.image().isEmpty() ? action.name() : action.image();
    return RENAMING.contains(action.verb())
        ? naming(action.verb(), name, namespace)
        : deed(action.verb(), "images", namespace, repository(name));
  }

  private static Deed naming(String verb, String name, String namespace) {
    String repository = repository(name);
    int path = repository.indexOf('/');
    boolean own =
        path >= 0 && !namespace.equals(SHARED) && repository.startsWith(namespace + "/", path + 1);
    return deed(verb, "images", own ? namespace : "", repository);
  }

  /** The whole name without tag or digest; what is no name, such as an id, as it is. */
  private static String repository(String name) {
    if (name.isEmpty()) {
      return "";
    }
    try {
      Reference reference = Reference.parse(name);
      return reference.registry() + "/" + reference.repository();
    } catch (RuntimeException noName) {
      return name;
    }
  }

  private static Deed deed(String verb, String resource, String namespace, String name) {
    return new Deed(verb, GROUP, VERSION, resource, "", namespace, name);
  }
}
