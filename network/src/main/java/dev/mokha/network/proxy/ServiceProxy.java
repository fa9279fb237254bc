package dev.mokha.network.proxy;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.Kinds;
import dev.mokha.client.informer.Informer;
import dev.mokha.client.informer.Informers;
import dev.mokha.linux.netlink.Conntrack;
import dev.mokha.linux.netlink.Prefix;
import dev.mokha.network.firewall.Elements;
import dev.mokha.network.firewall.FirewallTable;
import dev.mokha.network.proxy.ServicePlan.Frontend;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the table to what Services and EndpointSlices say. Driven by one thread: {@link #changed}
 * says which Services to look at, {@link #synchronize} brings all of them to the kernel.
 */
public final class ServiceProxy {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceProxy.class);
  private static final String SERVICE_NAME = "kubernetes.io/service-name";
  private static final String BY_SERVICE = "network/by-service";
  private static final String OWNER = "service/";
  private static final int UDP = 17;

  private final FirewallTable table;
  private final Conntrack conntrack;
  private final ServicePlanner planner;
  private final AffinitySweep sweep;
  private final Prefix serviceCidr;
  private final Informer<Service> services;
  private final Informer<EndpointSlice> slices;
  private final Map<String, ServicePlan> plans = new HashMap<>();

  /** Follows these informers. */
  public ServiceProxy(
      FirewallTable table,
      Conntrack conntrack,
      ServicePlanner planner,
      Prefix serviceCidr,
      Informers informers) {
    this.table = requireNonNull(table, "table");
    this.conntrack = requireNonNull(conntrack, "conntrack");
    this.planner = requireNonNull(planner, "planner");
    this.serviceCidr = requireNonNull(serviceCidr, "serviceCidr");
    this.sweep = new AffinitySweep(table, serviceCidr);
    this.services = informers.get(Kinds.SERVICE);
    this.slices = informers.get(Kinds.ENDPOINT_SLICE);
    slices.addIndex(BY_SERVICE, slice -> List.of(keyOf(slice)));
  }

  /** The Service an object is of, as {@code namespace/name}. */
  static String keyOf(HasMetadata object) {
    var metadata = object.getMetadata();
    String name =
        object instanceof Service
            ? metadata.getName()
            : metadata.getLabels() == null
                ? ""
                : metadata.getLabels().getOrDefault(SERVICE_NAME, "");
    return metadata.getNamespace() + "/" + name;
  }

  /** Tells a listener of each Service whose elements may have to change. */
  public void listen(java.util.function.Consumer<String> listener) {
    services.addHandler(Informer.Handler.any(service -> listener.accept(keyOf(service))));
    slices.addHandler(Informer.Handler.any(slice -> listener.accept(keyOf(slice))));
  }

  /** Whether both copies are complete: before that a Service would seem to have no endpoints. */
  public boolean hasSynced() {
    return services.hasSynced() && slices.hasSynced();
  }

  /** Brings the whole table to what is wanted, whatever an earlier daemon left in it. */
  public void synchronize() {
    Set<String> keys =
        Stream.concat(plans.keySet().stream(), services.list("").stream().map(ServiceProxy::keyOf))
            .collect(Collectors.toSet());
    table.note(plan(keys));
    table.replaceAll();
    forgetStrays();
    sweep.run();
    LOG.debug("All {} services are in the table", plans.size());
  }

  /** Brings some Services' elements to what is wanted. */
  public void changed(Collection<String> keys) {
    Map<String, ServicePlan> before = new HashMap<>();
    for (String key : keys) {
      before.put(key, plans.getOrDefault(key, ServicePlan.NONE));
    }
    Map<String, Elements> wanted = plan(keys);
    if (wanted.isEmpty()) {
      return;
    }
    long start = System.nanoTime();
    table.update(wanted);
    LOG.debug(
        "{} services changed in the table in {} us",
        wanted.size(),
        (System.nanoTime() - start) / 1000);
    forget(before, keys);
    if (wanted.keySet().stream()
        .map(owner -> owner.substring(OWNER.length()))
        .anyMatch(
            key ->
                before.get(key).remembers()
                    || plans.getOrDefault(key, ServicePlan.NONE).remembers())) {
      sweep.run();
    }
  }

  /** The new elements of those that changed; keeps the plans. */
  private Map<String, Elements> plan(Collection<String> keys) {
    Map<String, Elements> wanted = new HashMap<>();
    for (String key : keys) {
      int slash = key.indexOf('/');
      Service service =
          services.find(key.substring(0, slash), key.substring(slash + 1)).orElse(null);
      ServicePlan plan = planner.plan(service, slices.byIndex(BY_SERVICE, key));
      ServicePlan old = plan.equals(ServicePlan.NONE) ? plans.remove(key) : plans.put(key, plan);
      if (!plan.elements().equals(old == null ? Elements.NONE : old.elements())) {
        wanted.put(OWNER + key, plan.elements());
      }
    }
    return wanted;
  }

  /** Forgets the tracked UDP flows to backends that left before this daemon was there. */
  private void forgetStrays() {
    Map<Frontend, Set<Backend>> now = new HashMap<>();
    plans
        .values()
        .forEach(
            plan ->
                plan.datagramBackends()
                    .forEach(
                        (frontend, backends) ->
                            now.computeIfAbsent(frontend, f -> new HashSet<>()).addAll(backends)));
    conntrack.delete(
        connection -> {
          var original = connection.original();
          boolean known =
              serviceCidr.contains(original.destination())
                  || now.containsKey(
                      new Frontend(
                          original.destination().getHostAddress(), original.destinationPort()))
                  || now.containsKey(new Frontend("", original.destinationPort()));
          return connection.destinationTranslated()
              && original.protocol() == UDP
              && known
              && !leads(connection, now);
        });
  }

  /** Forgets the tracked UDP flows to backends that left. */
  private void forget(Map<String, ServicePlan> before, Collection<String> keys) {
    Map<Frontend, Set<Backend>> left = new HashMap<>();
    for (String key : keys) {
      Map<Frontend, Set<Backend>> now =
          plans.getOrDefault(key, ServicePlan.NONE).datagramBackends();
      before
          .getOrDefault(key, ServicePlan.NONE)
          .datagramBackends()
          .forEach(
              (frontend, backends) -> {
                Set<Backend> gone = new HashSet<>(backends);
                gone.removeAll(now.getOrDefault(frontend, Set.of()));
                if (!gone.isEmpty()) {
                  left.computeIfAbsent(frontend, f -> new HashSet<>()).addAll(gone);
                }
              });
    }
    if (left.isEmpty()) {
      return;
    }
    int count =
        conntrack.delete(
            connection ->
                connection.destinationTranslated()
                    && connection.original().protocol() == UDP
                    && leads(connection, left));
    LOG.debug("{} UDP flows to backends that left are forgotten", count);
  }

  private static boolean leads(Conntrack.Connection connection, Map<Frontend, Set<Backend>> left) {
    Backend backend =
        new Backend(connection.reply().source().getHostAddress(), connection.reply().sourcePort());
    int port = connection.original().destinationPort();
    String address = connection.original().destination().getHostAddress();
    return left.getOrDefault(new Frontend(address, port), Set.of()).contains(backend)
        || left.getOrDefault(new Frontend("", port), Set.of()).contains(backend);
  }
}
