package dev.mokha.api.resource;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Every resource that is served without any custom resource definition: what upstream's release
 * 1.36 enables by default. The table itself is the text file {@code builtin-resources.txt}.
 *
 * <p>Everything here is in the order of discovery: groups by priority, the versions of a group by
 * preference, resources by name.
 */
public final class BuiltinResources {
  private static final Set<String> ALL_VERBS =
      Set.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");
  private static final Set<String> READ_WRITE_PATCH = Set.of("get", "patch", "update");

  /**
   * The resources that are kept under another name than they are asked for: two versions of one
   * object, or the same events seen through two groups.
   */
  private static final Map<GroupVersionResource, GroupVersionResource> STORED_AS =
      Map.of(
          new GroupVersionResource("autoscaling", "v1", "horizontalpodautoscalers"),
          new GroupVersionResource("autoscaling", "v2", "horizontalpodautoscalers"),
          new GroupVersionResource("events.k8s.io", "v1", "events"),
          new GroupVersionResource("", "v1", "events"));

  /** Groups and resources whose deletion is answered with the object, not with a Status. */
  private static final Map<String, Set<String>> DELETE_GIVES_OBJECT =
      Map.of(
          "",
          Set.of(
              "persistentvolumeclaims",
              "persistentvolumes",
              "pods",
              "podtemplates",
              "resourcequotas",
              "serviceaccounts",
              "services"),
          "resource.k8s.io",
          Set.of("deviceclasses", "resourceclaims", "resourceclaimtemplates", "resourceslices"),
          "storage.k8s.io",
          Set.of(
              "csidrivers",
              "csinodes",
              "storageclasses",
              "volumeattachments",
              "volumeattributesclasses"));

  /**
   * An API group.
   *
   * @param name empty for the core group
   * @param versions the preferred one first
   */
  public record Group(String name, List<String> versions) {
    /** Copies the versions. */
    public Group {
      versions = List.copyOf(versions);
    }

    /** The version that a client takes when it has no wish. */
    public String preferredVersion() {
      return versions.getFirst();
    }
  }

  private static final class Holder {
    static final BuiltinResources INSTANCE = read();
  }

  private final List<Group> groups;
  private final List<ResourceType> all;
  private final Map<GroupVersionResource, ResourceType> byName;
  private final Map<GroupVersionKind, ResourceType> byKind;

  private BuiltinResources(List<ResourceType> all) {
    Map<String, List<String>> versions = new LinkedHashMap<>();
    Map<GroupVersionResource, ResourceType> names = new HashMap<>();
    Map<GroupVersionKind, ResourceType> kinds = new HashMap<>();
    for (ResourceType type : all) {
      List<String> known = versions.computeIfAbsent(type.gvr().group(), _ -> new ArrayList<>());
      if (!known.contains(type.gvr().version())) {
        known.add(type.gvr().version());
      }
      names.put(type.gvr(), type);
      kinds.put(type.gvk(), type);
    }
    List<Group> list = new ArrayList<>();
    versions.forEach((name, v) -> list.add(new Group(name, v)));
    this.groups = List.copyOf(list);
    this.all = List.copyOf(all);
    this.byName = Map.copyOf(names);
    this.byKind = Map.copyOf(kinds);
  }

  /** The one table there is. */
  public static BuiltinResources get() {
    return Holder.INSTANCE;
  }

  /** All groups, the core group first. */
  public List<Group> groups() {
    return groups;
  }

  /** All resources. */
  public List<ResourceType> all() {
    return all;
  }

  /** The resources of one version of one group. */
  public List<ResourceType> of(String group, String version) {
    return all.stream()
        .filter(t -> t.gvr().group().equals(group) && t.gvr().version().equals(version))
        .toList();
  }

  /** The resource of that name. */
  public Optional<ResourceType> find(GroupVersionResource name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** The resource whose objects are of that kind. */
  public Optional<ResourceType> find(GroupVersionKind kind) {
    return Optional.ofNullable(byKind.get(kind));
  }

  /**
   * The resource under which the objects are kept: mostly itself, but {@code autoscaling/v2} for
   * autoscalers of v1 and {@code v1} for events of {@code events.k8s.io}.
   */
  public GroupVersionResource storedAs(GroupVersionResource name) {
    return STORED_AS.getOrDefault(name, name);
  }

  /** Whether the answer to a delete is the object as it was, instead of a Status. */
  public boolean deleteGivesObject(GroupVersionResource name) {
    return DELETE_GIVES_OBJECT.getOrDefault(name.group(), Set.of()).contains(name.resource());
  }

  private static BuiltinResources read() {
    List<ResourceType> all = new ArrayList<>();
    String group = "";
    String version = "";
    List<ResourceType.Subresource> subresources = new ArrayList<>();
    for (String line : text().lines().toList()) {
      String[] words = line.strip().split(" +");
      if (line.startsWith("#") || line.isBlank()) {
        continue;
      }
      if (line.startsWith("[")) {
        group = orEmpty(words[0].substring(1));
        version = words[1].substring(0, words[1].length() - 1);
      } else if (line.startsWith(" ")) {
        String[] kind = words[1].split("/");
        subresources.add(
            new ResourceType.Subresource(
                words[0],
                new GroupVersionKind(orEmpty(kind[0]), kind[1], kind[2]),
                verbs(words[2])));
        ResourceType owner = all.removeLast();
        all.add(with(owner, subresources));
      } else {
        subresources.clear();
        all.add(
            new ResourceType(
                new GroupVersionResource(group, version, words[0]),
                words[1],
                words[1].toLowerCase(Locale.ROOT),
                words[2].equals("N"),
                list(words[4]),
                list(words[5]),
                verbs(words[3]),
                List.of()));
      }
    }
    return new BuiltinResources(all);
  }

  private static ResourceType with(ResourceType t, List<ResourceType.Subresource> subresources) {
    return new ResourceType(
        t.gvr(),
        t.kind(),
        t.singular(),
        t.namespaced(),
        t.shortNames(),
        t.categories(),
        t.verbs(),
        subresources);
  }

  private static Set<String> verbs(String word) {
    return switch (word) {
      case "*" -> ALL_VERBS;
      case "rwp" -> READ_WRITE_PATCH;
      default -> new TreeSet<>(list(word));
    };
  }

  private static List<String> list(String word) {
    return word.equals("-") ? List.of() : List.of(word.split(","));
  }

  private static String orEmpty(String word) {
    return word.equals("-") ? "" : word;
  }

  private static String text() {
    try (InputStream in = BuiltinResources.class.getResourceAsStream("builtin-resources.txt")) {
      if (in == null) {
        throw new IllegalStateException("The table builtin-resources.txt is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
