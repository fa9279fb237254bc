package dev.mokha.node.resources;

import dev.mokha.engine.containers.Resources;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * What a pod asks for and may use.
 *
 * @param qos its class
 * @param cpuRequestMillis thousandths of a core it is to have; the greater of what main containers
 *     with sidecars and what init containers need
 * @param memoryRequestBytes memory it is to have
 * @param cpuLimitMillis what it may use; 0 for no limit
 * @param memoryLimitBytes what it may use; 0 for no limit
 */
public record PodResources(
    QosClass qos,
    long cpuRequestMillis,
    long memoryRequestBytes,
    long cpuLimitMillis,
    long memoryLimitBytes) {
  private static final long CFS_PERIOD_MICROS = 100_000;
  private static final long LEAST_QUOTA_MICROS = 1_000;
  private static final long LEAST_SHARES = 2;
  private static final long MOST_SHARES = 262_144;

  /** Of a pod. */
  public static PodResources of(Pod pod) {
    ResourceRequirements own = pod.getSpec().getResources();
    Map<String, Quantity> ownRequests = own == null ? Map.of() : own.getRequests();
    Map<String, Quantity> ownLimits = own == null ? Map.of() : own.getLimits();
    return new PodResources(
        qosOf(pod),
        Quantities.cpuMillis(ownRequests).orElseGet(() -> request(pod, Quantities::cpuMillis)),
        Quantities.memoryBytes(ownRequests).orElseGet(() -> request(pod, Quantities::memoryBytes)),
        Quantities.cpuMillis(ownLimits).orElseGet(() -> limit(pod, Quantities::cpuMillis)),
        Quantities.memoryBytes(ownLimits).orElseGet(() -> limit(pod, Quantities::memoryBytes)));
  }

  // The class rules: all containers with equal requests and limits for CPU and memory are
  // guaranteed, none with any is best effort. Pod-level resources decide alone where set
  // (KEP-2837).
  private static QosClass qosOf(Pod pod) {
    List<ResourceRequirements> all = new ArrayList<>();
    ResourceRequirements own = pod.getSpec().getResources();
    if (own != null && !(own.getLimits().isEmpty() && own.getRequests().isEmpty())) {
      all.add(own);
    } else {
      pod.getSpec().getInitContainers().forEach(c -> all.add(c.getResources()));
      pod.getSpec().getContainers().forEach(c -> all.add(c.getResources()));
    }
    boolean none = true;
    boolean guaranteed = true;
    for (ResourceRequirements r : all) {
      for (String resource : List.of("cpu", "memory")) {
        Quantity limit = r == null ? null : r.getLimits().get(resource);
        Quantity request = r == null ? null : r.getRequests().get(resource);
        if (request == null) {
          request = limit;
        }
        boolean hasLimit = limit != null && limit.getNumericalAmount().signum() > 0;
        boolean hasRequest = request != null && request.getNumericalAmount().signum() > 0;
        none &= !hasLimit && !hasRequest;
        guaranteed &=
            hasLimit
                && hasRequest
                && limit.getNumericalAmount().compareTo(request.getNumericalAmount()) == 0;
      }
    }
    return none ? QosClass.BEST_EFFORT : guaranteed ? QosClass.GUARANTEED : QosClass.BURSTABLE;
  }

  private static long request(Pod pod, Function<Map<String, Quantity>, OptionalLong> of) {
    long sidecars = 0;
    long init = 0;
    for (Container c : pod.getSpec().getInitContainers()) {
      long amount = requestOf(c, of);
      if ("Always".equals(c.getRestartPolicy())) {
        sidecars += amount;
        init = Math.max(init, sidecars);
      } else {
        init = Math.max(init, sidecars + amount);
      }
    }
    long main = sidecars;
    for (Container c : pod.getSpec().getContainers()) {
      main += requestOf(c, of);
    }
    long overhead = of.apply(pod.getSpec().getOverhead()).orElse(0);
    return Math.max(init, main) + overhead;
  }

  private static long requestOf(Container c, Function<Map<String, Quantity>, OptionalLong> of) {
    if (c.getResources() == null) {
      return 0;
    }
    OptionalLong request = of.apply(c.getResources().getRequests());
    return request.isPresent()
        ? request.getAsLong()
        : of.apply(c.getResources().getLimits()).orElse(0);
  }

  // A pod is limited as a whole only when each of its containers is.
  private static long limit(Pod pod, Function<Map<String, Quantity>, OptionalLong> of) {
    long sidecars = 0;
    long init = 0;
    for (Container c : pod.getSpec().getInitContainers()) {
      OptionalLong amount = limitOf(c, of);
      if (amount.isEmpty()) {
        return 0;
      }
      if ("Always".equals(c.getRestartPolicy())) {
        sidecars += amount.getAsLong();
        init = Math.max(init, sidecars);
      } else {
        init = Math.max(init, sidecars + amount.getAsLong());
      }
    }
    long main = sidecars;
    for (Container c : pod.getSpec().getContainers()) {
      OptionalLong amount = limitOf(c, of);
      if (amount.isEmpty()) {
        return 0;
      }
      main += amount.getAsLong();
    }
    return Math.max(init, main);
  }

  private static OptionalLong limitOf(
      Container c, Function<Map<String, Quantity>, OptionalLong> of) {
    OptionalLong limit =
        c.getResources() == null ? OptionalLong.empty() : of.apply(c.getResources().getLimits());
    return limit.isPresent() && limit.getAsLong() == 0 ? OptionalLong.empty() : limit;
  }

  /**
   * The limits of one of the pod's containers.
   *
   * @param nodeMemoryBytes the node's memory, for the OOM score
   * @param pidLimit most processes; 0 for no limit
   */
  public Resources container(Pod pod, Container container, long nodeMemoryBytes, long pidLimit) {
    ResourceRequirements r = container.getResources();
    Map<String, Quantity> limits = r == null ? Map.of() : r.getLimits();
    Map<String, Quantity> requests = r == null ? Map.of() : r.getRequests();
    OptionalLong cpuLimit = Quantities.cpuMillis(limits);
    OptionalLong cpuRequest = Quantities.cpuMillis(requests);
    if (cpuRequest.isEmpty()) {
      cpuRequest = cpuLimit;
    }
    long memoryLimit = Quantities.memoryBytes(limits).orElse(0);
    return new Resources(
        shares(cpuRequest.orElse(0)),
        quota(cpuLimit.orElse(0)),
        CFS_PERIOD_MICROS,
        memoryLimit,
        memoryLimit,
        pidLimit,
        oomScore(pod, requests, limits, nodeMemoryBytes),
        "");
  }

  // Guaranteed pods are the last to be killed, best-effort ones the first; burstable ones in
  // between, the later the more memory they asked for.
  private int oomScore(
      Pod pod, Map<String, Quantity> requests, Map<String, Quantity> limits, long nodeMemoryBytes) {
    Integer priority = pod.getSpec().getPriority();
    if (priority != null && priority >= 2_000_000_000) {
      return -997;
    }
    return switch (qos) {
      case GUARANTEED -> -997;
      case BEST_EFFORT -> 1000;
      case BURSTABLE -> {
        OptionalLong asked = Quantities.memoryBytes(requests);
        long request =
            asked.isPresent() ? asked.getAsLong() : Quantities.memoryBytes(limits).orElse(0);
        long score = 1000 - (long) (1000.0 * request / Math.max(1, nodeMemoryBytes));
        yield Math.clamp(score, 3, 999);
      }
    };
  }

  /** The relative weight for an amount of CPU: 1,024 a core, 2 at least. */
  public static long shares(long cpuMillis) {
    return Math.clamp(cpuMillis * 1024 / 1000, LEAST_SHARES, MOST_SHARES);
  }

  /** CPU time in each period of 100 ms; 0 for no limit. */
  public static long quota(long cpuMillis) {
    return cpuMillis == 0 ? 0 : Math.max(LEAST_QUOTA_MICROS, cpuMillis * CFS_PERIOD_MICROS / 1000);
  }
}
