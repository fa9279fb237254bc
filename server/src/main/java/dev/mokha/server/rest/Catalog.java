package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.server.storage.StorageResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Everything that is served: which resource in which versions, and where it is stored.
 *
 * <p>The built-in resources are there from the beginning; custom ones come and go while the server
 * runs. What is served at one moment is one immutable state; a change makes a new state and swaps
 * it in, so that a lookup is one volatile read and a map access, and never waits.
 */
public final class Catalog {
  private final List<ServedResource> builtIn;
  private final Collection<StorageResource> stored;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile State state;

  /**
   * What is served at one moment.
   *
   * @param number counts the states
   * @param all in the order of discovery
   * @param groups versions by group, the preferred one first
   * @param of resources by group and version
   */
  private record State(
      long number,
      List<ServedResource> all,
      Map<GroupVersionResource, ServedResource> served,
      Map<GroupVersionKind, ServedResource> byKind,
      Map<String, List<String>> groups,
      Map<String, List<ServedResource>> of) {}

  /**
   * A catalog.
   *
   * @param types everything that is served from the beginning
   * @param virtual the resources ({@code group/resource}) that are answered and not stored
   * @param conversion between versions
   */
  public Catalog(Collection<ResourceType> types, Set<String> virtual, VersionBridge conversion) {
    Map<String, GroupVersionKind> kinds = new HashMap<>();
    for (ResourceType t : types) {
      kinds.merge(
          storageName(t),
          t.gvk(),
          (a, b) -> VersionOrder.BEST_FIRST.compare(a.version(), b.version()) <= 0 ? a : b);
    }
    Map<String, StorageResource> storage = new LinkedHashMap<>();
    List<ServedResource> all = new ArrayList<>();
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
                        event ? new GroupVersionKind("", "v1", "Event") : kinds.get(n));
                  })
              : null;
      all.add(new ServedResource(t, s, conversion));
    }
    this.builtIn = List.copyOf(all);
    this.stored = Collections.unmodifiableCollection(storage.values());
    this.state = state(1, List.of());
  }

  /** The events of both groups are the same objects. */
  private static String storageName(ResourceType t) {
    String resource = t.gvr().resource();
    boolean event = resource.equals("events") && t.gvr().group().equals("events.k8s.io");
    return (event ? "" : t.gvr().group()) + "/" + resource;
  }

  private State state(long number, Collection<ServedResource> custom) {
    Map<GroupVersionResource, ServedResource> served = new LinkedHashMap<>();
    Map<GroupVersionKind, ServedResource> byKind = new HashMap<>();
    Map<String, List<String>> groups = new LinkedHashMap<>();
    for (ServedResource r : builtIn) {
      add(r, served, byKind, groups);
    }
    // Groups of custom resources come last, by name, and so do the resources of a version.
    Map<String, ServedResource> sorted = new TreeMap<>();
    custom.forEach(r -> sorted.put(place(r) + " " + r.resource(), r));
    for (ServedResource r : sorted.values()) {
      if (!served.containsKey(r.type().gvr())) {
        add(r, served, byKind, groups);
      }
    }
    groups.replaceAll(
        (g, v) -> {
          v.sort(VersionOrder.BEST_FIRST);
          return List.copyOf(v);
        });
    Map<String, List<ServedResource>> of = new HashMap<>();
    served.values().forEach(r -> of.computeIfAbsent(place(r), p -> new ArrayList<>()).add(r));
    of.replaceAll((p, list) -> List.copyOf(list));
    return new State(
        number,
        List.copyOf(served.values()),
        served,
        byKind,
        Collections.unmodifiableMap(groups),
        of);
  }

  private static void add(
      ServedResource r,
      Map<GroupVersionResource, ServedResource> served,
      Map<GroupVersionKind, ServedResource> byKind,
      Map<String, List<String>> groups) {
    served.put(r.type().gvr(), r);
    byKind.putIfAbsent(r.type().gvk(), r);
    List<String> versions = groups.computeIfAbsent(r.group(), g -> new ArrayList<>());
    if (!versions.contains(r.type().gvr().version())) {
      versions.add(r.type().gvr().version());
    }
  }

  private static String place(ServedResource r) {
    return r.group() + "/" + r.type().gvr().version();
  }

  /**
   * Makes these, and no others, the custom resources that are served. A built-in resource of the
   * same name goes first. Listeners are called before it returns.
   */
  public void replaceCustom(Collection<ServedResource> custom) {
    synchronized (this) {
      state = state(state.number + 1, custom);
    }
    listeners.forEach(Runnable::run);
  }

  /**
   * Calls the listener after each change of what is served, on the thread that made the change: it
   * must be quick.
   */
  public void onChange(Runnable listener) {
    listeners.add(requireNonNull(listener, "listener"));
  }

  /** Changes with every change of what is served, so that what is made of it can be kept. */
  public long number() {
    return state.number;
  }

  /** The resource, or null. */
  public ServedResource find(String group, String version, String resource) {
    return state.served.get(new GroupVersionResource(group, version, resource));
  }

  /** The resource whose objects are of that kind, or null. */
  public ServedResource find(GroupVersionKind kind) {
    return state.byKind.get(kind);
  }

  /** Everything, the built-in resources first. */
  public Collection<ServedResource> all() {
    return state.all;
  }

  /** Where the built-in resources are stored. */
  public Collection<StorageResource> stored() {
    return stored;
  }

  /** All groups with their versions, the preferred one first; the core group is the empty name. */
  public Map<String, List<String>> groups() {
    return state.groups;
  }

  /** The resources of one group in one version. */
  public List<ServedResource> of(String group, String version) {
    return state.of.getOrDefault(group + "/" + version, List.of());
  }
}
