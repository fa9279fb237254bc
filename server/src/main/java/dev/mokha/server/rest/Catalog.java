package dev.mokha.server.rest;

import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.server.storage.StorageResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Everything that is served: which resource in which versions, and where it is stored. */
public final class Catalog {
  /** Such a version stands before others of its group. */
  private static final Comparator<String> BEST_VERSION_FIRST =
      Comparator.comparingLong(Catalog::rank).reversed();

  private final Map<GroupVersionResource, ServedResource> served = new LinkedHashMap<>();
  private final Map<GroupVersionKind, ServedResource> byKind = new HashMap<>();
  private final Map<String, List<String>> versions = new LinkedHashMap<>();
  private final Map<String, StorageResource> storage = new LinkedHashMap<>();

  /**
   * A catalog.
   *
   * @param types everything that is served
   * @param virtual the resources ({@code group/resource}) that are answered and not stored
   * @param conversion between versions
   */
  public Catalog(Collection<ResourceType> types, Set<String> virtual, VersionBridge conversion) {
    Map<String, GroupVersionKind> stored = new HashMap<>();
    for (ResourceType t : types) {
      stored.merge(
          storageName(t),
          t.gvk(),
          (a, b) -> BEST_VERSION_FIRST.compare(a.version(), b.version()) <= 0 ? a : b);
      List<String> of = versions.computeIfAbsent(t.gvr().group(), g -> new ArrayList<>());
      if (!of.contains(t.gvr().version())) {
        of.add(t.gvr().version());
      }
    }
    versions.values().forEach(v -> v.sort(BEST_VERSION_FIRST));
    for (ResourceType t : types) {
      boolean kept = !virtual.contains(t.gvr().group() + "/" + t.gvr().resource());
      StorageResource s =
          kept
              ? storage.computeIfAbsent(
                  storageName(t),
                  n -> {
                    boolean event = n.equals("/events");
                    return new StorageResource(
                        event ? "" : t.gvr().group(),
                        t.gvr().resource(),
                        t.namespaced(),
                        event ? new GroupVersionKind("", "v1", "Event") : stored.get(n));
                  })
              : null;
      ServedResource r = new ServedResource(t, s, conversion);
      served.put(t.gvr(), r);
      byKind.putIfAbsent(t.gvk(), r);
    }
  }

  /** The events of both groups are the same objects. */
  private static String storageName(ResourceType t) {
    String resource = t.gvr().resource();
    boolean event = resource.equals("events") && t.gvr().group().equals("events.k8s.io");
    return (event ? "" : t.gvr().group()) + "/" + resource;
  }

  /** v2 before v1 before v1beta2 before v1beta1 before v1alpha1. */
  private static long rank(String version) {
    int i = 1;
    while (i < version.length() && Character.isDigit(version.charAt(i))) {
      i++;
    }
    if (!version.startsWith("v") || i == 1) {
      return 0;
    }
    long major = Long.parseLong(version.substring(1, i));
    String rest = version.substring(i);
    long stability = rest.isEmpty() ? 3 : rest.startsWith("beta") ? 2 : 1;
    String digits = rest.replaceAll("\\D", "");
    long minor = digits.isEmpty() ? 0 : Long.parseLong(digits);
    return stability * 1_000_000 + major * 1_000 + minor;
  }

  /** The resource, or null. */
  public ServedResource find(String group, String version, String resource) {
    return served.get(new GroupVersionResource(group, version, resource));
  }

  /** The resource whose objects are of that kind, or null. */
  public ServedResource find(GroupVersionKind kind) {
    return byKind.get(kind);
  }

  /** Everything, in the order it was given. */
  public Collection<ServedResource> all() {
    return served.values();
  }

  /** Everything that is stored. */
  public Collection<StorageResource> stored() {
    return storage.values();
  }

  /** All groups with their versions, the preferred one first; the core group is the empty name. */
  public Map<String, List<String>> groups() {
    return versions;
  }

  /** The resources of one group in one version. */
  public List<ServedResource> of(String group, String version) {
    return served.values().stream()
        .filter(r -> r.group().equals(group) && r.type().gvr().version().equals(version))
        .toList();
  }
}
