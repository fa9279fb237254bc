package dev.mokha.network.dns;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;

/**
 * A zone with a few names more, each of which means a Service of the cluster: {@code
 * registry.mokha.local} is {@code registry.kube-system.svc.cluster.local}. Such a name is nobody
 * else's: without the Service it is denied, and never asked upstream.
 */
public final class AliasZone implements Zone {
  private static final int TTL_SECONDS = 5;

  private final Zone cluster;
  private final Map<Name, Name> aliases = new HashMap<>();

  /**
   * A zone.
   *
   * @param cluster answers for all other names, and for what the names mean
   * @param domain such as {@code cluster.local}
   * @param services for each name {@code NAMESPACE/SERVICE}
   */
  public AliasZone(Zone cluster, String domain, Map<String, String> services) {
    this.cluster = requireNonNull(cluster, "cluster");
    services.forEach(
        (name, service) -> {
          int slash = service.indexOf('/');
          aliases.put(
              Name.fromConstantString(name + "."),
              Name.fromConstantString(
                  service.substring(slash + 1)
                      + "."
                      + service.substring(0, slash)
                      + ".svc."
                      + domain
                      + "."));
        });
  }

  @Override
  public boolean covers(Name name) {
    return aliases.containsKey(name) || cluster.covers(name);
  }

  @Override
  public ZoneAnswer answer(Name name, int type) {
    Name target = aliases.get(name);
    if (target == null) {
      return cluster.answer(name, type);
    }
    ZoneAnswer meant = cluster.answer(target, type);
    if (meant.rcode() != Rcode.NOERROR) {
      return new ZoneAnswer(meant.rcode(), List.of(), List.of(), Optional.empty());
    }
    Record alias = new CNAMERecord(name, DClass.IN, TTL_SECONDS, target);
    return new ZoneAnswer(Rcode.NOERROR, List.of(alias), List.of(), Optional.of(target));
  }

  @Override
  public Record authority() {
    return cluster.authority();
  }
}
