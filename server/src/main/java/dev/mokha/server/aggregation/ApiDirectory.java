package dev.mokha.server.aggregation;

import dev.mokha.server.rest.VersionOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All APIServices at one moment, in the order clients see them. Immutable: it is made anew when an
 * APIService changes, and read without a lock by every request.
 */
public final class ApiDirectory {
  static final ApiDirectory EMPTY = new ApiDirectory(List.of());

  /** What a group gets that has no APIService yet: the priorities of custom resources. */
  private static final int DEFAULT_GROUP_PRIORITY = 1000;

  private final Map<String, ApiService> byGroupVersion;
  private final Map<String, ApiService> remote;
  private final Map<String, List<ApiService>> groups;

  ApiDirectory(Collection<ApiService> apis) {
    Map<String, ApiService> all = new LinkedHashMap<>();
    Map<String, ApiService> others = new LinkedHashMap<>();
    Map<String, List<ApiService>> byGroup = new LinkedHashMap<>();
    for (ApiService api : apis) {
      all.put(api.groupVersion(), api);
      if (api.service().isPresent()) {
        others.put(api.groupVersion(), api);
      }
      byGroup.computeIfAbsent(api.group(), g -> new ArrayList<>(2)).add(api);
    }
    byGroup
        .values()
        .forEach(
            v ->
                v.sort(
                    Comparator.comparingInt(ApiService::versionPriority)
                        .reversed()
                        .thenComparing(ApiService::version, VersionOrder.BEST_FIRST)));
    byGroupVersion = Map.copyOf(all);
    remote = Map.copyOf(others);
    groups = Map.copyOf(byGroup);
  }

  /** True when other servers answer for nothing: then no request need look further. */
  public boolean allLocal() {
    return remote.isEmpty();
  }

  /** The APIService of a group and version that another server answers; null when none does. */
  public ApiService remote(String group, String version) {
    return remote.isEmpty() ? null : remote.get(group + "/" + version);
  }

  /** All that other servers answer. */
  public Collection<ApiService> remotes() {
    return remote.values();
  }

  ApiService find(String group, String version) {
    return byGroupVersion.get(group + "/" + version);
  }

  /**
   * All groups with their versions in the order of their priorities.
   *
   * @param own the groups and versions this server answers, the core group left out; one without an
   *     APIService stands where custom resources do
   */
  public Map<String, List<String>> order(Map<String, List<String>> own) {
    Map<String, List<String>> all = new LinkedHashMap<>();
    groups.forEach(
        (group, apis) -> {
          List<String> versions = new ArrayList<>(apis.size() + 1);
          apis.forEach(a -> versions.add(a.version()));
          all.put(group, versions);
        });
    own.forEach(
        (group, versions) -> {
          List<String> known = all.computeIfAbsent(group, g -> new ArrayList<>(versions.size()));
          versions.stream().filter(v -> !known.contains(v)).forEach(known::add);
        });
    List<String> names = new ArrayList<>(all.keySet());
    names.sort(
        Comparator.comparingInt(this::priority)
            .reversed()
            .thenComparing(Comparator.naturalOrder()));
    Map<String, List<String>> ordered = new LinkedHashMap<>();
    names.forEach(n -> ordered.put(n, List.copyOf(all.get(n))));
    return ordered;
  }

  private int priority(String group) {
    if (group.equals("apiregistration.k8s.io")) {
      return Integer.MAX_VALUE;
    }
    int highest = 0;
    for (ApiService api : groups.getOrDefault(group, List.of())) {
      highest = Math.max(highest, api.groupPriority());
    }
    return highest == 0 ? DEFAULT_GROUP_PRIORITY : highest;
  }
}
