package dev.mokha.network.dns;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.netlink.Prefix;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * The names of the cluster: the zone of the cluster domain, and the reverse names of the pod and
 * service ranges. After the Kubernetes DNS specification 1.1.0.
 */
public final class ClusterZone implements Zone {
  private static final int TTL_SECONDS = 5;
  private static final String SPECIFICATION = "1.1.0";
  private static final Name REVERSE = Name.fromConstantString("in-addr.arpa.");
  private static final String SERVICE_NAME = "kubernetes.io/service-name";

  private final Name zone;
  private final List<Prefix> ranges;
  private final InetAddress server;
  private final ClusterRecords records;

  /**
   * A zone.
   *
   * @param domain such as {@code cluster.local}
   * @param ranges of addresses whose reverse names are the zone's
   * @param server this server's address
   * @param records what the zone is made from
   */
  public ClusterZone(
      String domain, List<Prefix> ranges, InetAddress server, ClusterRecords records) {
    this.zone = name(domain.endsWith(".") ? domain : domain + ".");
    this.ranges = List.copyOf(ranges);
    this.server = requireNonNull(server, "server");
    this.records = requireNonNull(records, "records");
  }

  /** Whether a name is this zone's to answer. */
  @Override
  public boolean covers(Name name) {
    return name.subdomain(zone) || reverseAddress(name).map(this::isOurs).orElse(false);
  }

  /** The start-of-authority record that goes with a denial. */
  @Override
  public SOARecord authority() {
    return new SOARecord(
        zone,
        DClass.IN,
        TTL_SECONDS,
        under("ns.dns"),
        under("hostmaster"),
        1,
        7200,
        1800,
        86400,
        TTL_SECONDS);
  }

  /** Answers a question that the zone covers. */
  @Override
  public ZoneAnswer answer(Name name, int type) {
    if (!records.isComplete()) {
      return ZoneAnswer.NOT_READY;
    }
    if (name.subdomain(zone)) {
      return forward(name, type);
    }
    return reverse(name, type);
  }

  private ZoneAnswer forward(Name name, int type) {
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < name.labels() - zone.labels(); i++) {
      labels.add(name.getLabelString(i).toLowerCase(Locale.ROOT));
    }
    if (labels.isEmpty()) {
      return apex(name, type);
    }
    String last = labels.removeLast();
    return switch (last) {
      case "svc" -> services(name, type, labels);
      case "pod" -> pods(name, type, labels);
      case "dns-version" -> labels.isEmpty() ? version(name, type) : ZoneAnswer.NO_NAME;
      case "dns" -> nameServer(name, type, labels);
      default -> ZoneAnswer.NO_NAME;
    };
  }

  private ZoneAnswer apex(Name name, int type) {
    return switch (type) {
      case Type.SOA -> ZoneAnswer.of(List.of(authority()));
      case Type.NS ->
          ZoneAnswer.of(List.of(new NSRecord(name, DClass.IN, TTL_SECONDS, under("ns.dns"))));
      default -> ZoneAnswer.NO_DATA;
    };
  }

  private static ZoneAnswer version(Name name, int type) {
    return wants(type, Type.TXT)
        ? ZoneAnswer.of(List.of(new TXTRecord(name, DClass.IN, TTL_SECONDS, SPECIFICATION)))
        : ZoneAnswer.NO_DATA;
  }

  private ZoneAnswer nameServer(Name name, int type, List<String> labels) {
    if (labels.isEmpty()) {
      return ZoneAnswer.NO_DATA;
    }
    return labels.equals(List.of("ns"))
        ? addresses(name, type, List.of(server.getHostAddress()))
        : ZoneAnswer.NO_NAME;
  }

  private ZoneAnswer pods(Name name, int type, List<String> labels) {
    if (labels.isEmpty()) {
      return ZoneAnswer.NO_DATA;
    }
    String namespace = labels.getLast();
    if (!records.hasNamespace(namespace) || labels.size() > 2) {
      return ZoneAnswer.NO_NAME;
    }
    if (labels.size() == 1) {
      return ZoneAnswer.NO_DATA;
    }
    String dashed = labels.getFirst();
    return dashed.matches("\\d{1,3}(-\\d{1,3}){3}")
        ? literal(dashed.replace('-', '.'))
            .map(address -> addresses(name, type, List.of(address.getHostAddress())))
            .orElse(ZoneAnswer.NO_NAME)
        : ZoneAnswer.NO_NAME;
  }

  private ZoneAnswer services(Name name, int type, List<String> labels) {
    if (labels.isEmpty()) {
      return ZoneAnswer.NO_DATA;
    }
    String namespace = labels.removeLast();
    if (!records.hasNamespace(namespace)) {
      return ZoneAnswer.NO_NAME;
    }
    if (labels.isEmpty()) {
      return ZoneAnswer.NO_DATA;
    }
    String serviceName = labels.removeLast();
    Optional<Service> found = records.service(namespace, serviceName);
    if (found.isEmpty() || found.get().getSpec() == null) {
      return ZoneAnswer.NO_NAME;
    }
    Service service = found.get();
    Name serviceFullName = serviceName(namespace, serviceName);
    if ("ExternalName".equals(service.getSpec().getType())) {
      return labels.isEmpty() ? external(name, service) : ZoneAnswer.NO_NAME;
    }
    boolean headless = "None".equals(service.getSpec().getClusterIP());
    Map<String, Set<String>> hosts = hosts(namespace, serviceName);
    if (labels.isEmpty()) {
      if (headless) {
        // No ready endpoint: the specification wants the name denied.
        return hosts.isEmpty()
            ? ZoneAnswer.NO_NAME
            : addresses(name, type, hosts.values().stream().flatMap(Set::stream).toList());
      }
      return addresses(name, type, clusterIps(service));
    }
    if (labels.getLast().startsWith("_")) {
      return serviceRecords(name, type, labels, service, serviceFullName, headless);
    }
    if (labels.size() == 1 && hosts.containsKey(labels.getFirst())) {
      return addresses(name, type, hosts.get(labels.getFirst()));
    }
    return ZoneAnswer.NO_NAME;
  }

  private static ZoneAnswer external(Name name, Service service) {
    Name target;
    try {
      target = Name.fromString(service.getSpec().getExternalName(), Name.root);
    } catch (TextParseException e) {
      return ZoneAnswer.NO_DATA;
    }
    return new ZoneAnswer(
        Rcode.NOERROR,
        List.of(new CNAMERecord(name, DClass.IN, TTL_SECONDS, target)),
        List.of(),
        Optional.of(target));
  }

  /** {@code _port._protocol.service}: where a named port is to be found. */
  private ZoneAnswer serviceRecords(
      Name name,
      int type,
      List<String> labels,
      Service service,
      Name serviceFullName,
      boolean headless) {
    String protocol = labels.getLast().substring(1);
    if (!Set.of("tcp", "udp", "sctp").contains(protocol)
        || labels.size() > 2
        || (labels.size() == 2 && !labels.getFirst().startsWith("_"))) {
      return ZoneAnswer.NO_NAME;
    }
    if (labels.size() == 1) {
      return ZoneAnswer.NO_DATA;
    }
    String portName = labels.getFirst().substring(1);
    Map<Name, Set<String>> targets = new LinkedHashMap<>();
    List<Record> answers = new ArrayList<>();
    if (headless) {
      endpointRecords(name, service, portName, protocol, serviceFullName, answers, targets);
    } else if (service.getSpec().getPorts() != null) {
      for (ServicePort port : service.getSpec().getPorts()) {
        if (portName.equals(port.getName()) && sameProtocol(protocol, port.getProtocol())) {
          answers.add(srv(name, port.getPort(), serviceFullName));
          targets.put(serviceFullName, new HashSet<>(clusterIps(service)));
        }
      }
    }
    if (answers.isEmpty()) {
      return ZoneAnswer.NO_NAME;
    }
    if (!wants(type, Type.SRV)) {
      return ZoneAnswer.NO_DATA;
    }
    List<Record> additional = new ArrayList<>();
    targets.forEach((target, ips) -> additional.addAll(addresses(target, Type.A, ips).answers()));
    return new ZoneAnswer(Rcode.NOERROR, answers, additional, Optional.empty());
  }

  private void endpointRecords(
      Name name,
      Service service,
      String portName,
      String protocol,
      Name serviceFullName,
      List<Record> answers,
      Map<Name, Set<String>> targets) {
    ObjectMeta metadata = service.getMetadata();
    Set<String> seen = new HashSet<>();
    for (EndpointSlice slice : records.slices(metadata.getNamespace(), metadata.getName())) {
      if (slice.getPorts() == null) {
        continue;
      }
      for (var port : slice.getPorts()) {
        if (!portName.equals(port.getName())
            || port.getPort() == null
            || !sameProtocol(protocol, port.getProtocol())) {
          continue;
        }
        for (Endpoint endpoint : slice.getEndpoints()) {
          if (isReady(endpoint)) {
            for (String address : endpoint.getAddresses()) {
              String host = hostname(endpoint, address);
              Name target = prepend(host, serviceFullName);
              if (seen.add(host + " " + port.getPort())) {
                answers.add(srv(name, port.getPort(), target));
              }
              targets.computeIfAbsent(target, t -> new HashSet<>()).add(address);
            }
          }
        }
      }
    }
  }

  /** The names of a Service's ready endpoints, each with its addresses. */
  private Map<String, Set<String>> hosts(String namespace, String service) {
    Map<String, Set<String>> hosts = new LinkedHashMap<>();
    for (EndpointSlice slice : records.slices(namespace, service)) {
      for (Endpoint endpoint : slice.getEndpoints()) {
        if (isReady(endpoint)) {
          for (String address : endpoint.getAddresses()) {
            hosts.computeIfAbsent(hostname(endpoint, address), h -> new HashSet<>()).add(address);
          }
        }
      }
    }
    return hosts;
  }

  private ZoneAnswer reverse(Name name, int type) {
    InetAddress address = reverseAddress(name).orElseThrow();
    String text = address.getHostAddress();
    List<Record> answers = new ArrayList<>();
    for (Service service : records.servicesAt(text)) {
      ObjectMeta metadata = service.getMetadata();
      answers.add(ptr(name, serviceName(metadata.getNamespace(), metadata.getName())));
    }
    for (EndpointSlice slice : records.slicesAt(text)) {
      Map<String, String> labels = slice.getMetadata().getLabels();
      String service = labels == null ? null : labels.get(SERVICE_NAME);
      if (service == null) {
        continue;
      }
      for (Endpoint endpoint : slice.getEndpoints()) {
        // Only a name of the endpoint's own is worth telling.
        if (isReady(endpoint)
            && endpoint.getAddresses().contains(text)
            && endpoint.getHostname() != null
            && !endpoint.getHostname().isEmpty()) {
          Record record =
              ptr(
                  name,
                  prepend(
                      endpoint.getHostname(),
                      serviceName(slice.getMetadata().getNamespace(), service)));
          if (!answers.contains(record)) {
            answers.add(record);
          }
        }
      }
    }
    if (answers.isEmpty()) {
      return ZoneAnswer.NO_NAME;
    }
    return wants(type, Type.PTR) ? ZoneAnswer.of(answers) : ZoneAnswer.NO_DATA;
  }

  private boolean isOurs(InetAddress address) {
    return ranges.stream().anyMatch(range -> range.contains(address));
  }

  /** The address of a whole reverse name, {@code 4.3.2.1.in-addr.arpa}. */
  private static Optional<InetAddress> reverseAddress(Name name) {
    if (!name.subdomain(REVERSE) || name.labels() != REVERSE.labels() + 4) {
      return Optional.empty();
    }
    return literal(
        String.join(
            ".",
            name.getLabelString(3),
            name.getLabelString(2),
            name.getLabelString(1),
            name.getLabelString(0)));
  }

  private static Optional<InetAddress> literal(String text) {
    try {
      return Optional.of(Inet4Address.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Address records in an order of chance, so that clients spread. */
  private static ZoneAnswer addresses(Name name, int type, Collection<String> addresses) {
    List<Record> answers = new ArrayList<>();
    for (String text : addresses) {
      InetAddress address = InetAddress.ofLiteral(text);
      boolean four = address instanceof Inet4Address;
      if (wants(type, four ? Type.A : Type.AAAA)) {
        answers.add(
            four
                ? new ARecord(name, DClass.IN, TTL_SECONDS, address)
                : new AAAARecord(name, DClass.IN, TTL_SECONDS, address));
      }
    }
    Collections.shuffle(answers);
    return ZoneAnswer.of(answers);
  }

  private static boolean wants(int asked, int type) {
    return asked == type || asked == Type.ANY;
  }

  private static List<String> clusterIps(Service service) {
    List<String> all = service.getSpec().getClusterIPs();
    if (all != null && !all.isEmpty()) {
      return all;
    }
    String one = service.getSpec().getClusterIP();
    return one == null || one.isEmpty() ? List.of() : List.of(one);
  }

  private static boolean sameProtocol(String asked, String protocol) {
    return asked.equalsIgnoreCase(protocol == null ? "tcp" : protocol);
  }

  private static boolean isReady(Endpoint endpoint) {
    return endpoint.getConditions() == null
        || !Boolean.FALSE.equals(endpoint.getConditions().getReady());
  }

  private static String hostname(Endpoint endpoint, String address) {
    return endpoint.getHostname() == null || endpoint.getHostname().isEmpty()
        ? address.replace('.', '-').replace(':', '-')
        : endpoint.getHostname().toLowerCase(Locale.ROOT);
  }

  private Name serviceName(String namespace, String service) {
    return under(service + "." + namespace + ".svc");
  }

  private Name under(String relative) {
    return prepend(relative, zone);
  }

  private static Name prepend(String relative, Name base) {
    try {
      return Name.concatenate(name(relative), base);
    } catch (NameTooLongException e) {
      throw new IllegalArgumentException("The name is too long: " + relative + "." + base, e);
    }
  }

  private static Name name(String text) {
    try {
      return Name.fromString(text);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("Not a domain name: " + text, e);
    }
  }

  private static Record srv(Name name, int port, Name target) {
    return new SRVRecord(name, DClass.IN, TTL_SECONDS, 0, 100, port, target);
  }

  private static Record ptr(Name name, Name target) {
    return new PTRRecord(name, DClass.IN, TTL_SECONDS, target);
  }

  @Override
  public String toString() {
    return zone + " " + Arrays.toString(ranges.toArray());
  }
}
