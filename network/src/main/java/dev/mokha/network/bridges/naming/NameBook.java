package dev.mokha.network.bridges.naming;

import static java.util.Objects.requireNonNull;

import dev.mokha.network.bridges.Endpoint;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who is called what in one network; immutable.
 *
 * <p>A container has its name, the first twelve digits of its id and its aliases; several may have
 * the same alias, whose addresses are then all of theirs.
 */
public final class NameBook {
  private final String network;
  private final Map<String, Set<InetAddress>> addresses = new HashMap<>();
  private final Map<InetAddress, String> names = new HashMap<>();

  /** The names of a network's endpoints. */
  public NameBook(String network, Collection<Endpoint> endpoints) {
    this.network = requireNonNull(network, "network");
    for (Endpoint endpoint : endpoints) {
      List<InetAddress> own = new ArrayList<>();
      for (String text : List.of(endpoint.ipv4Address(), endpoint.ipv6Address())) {
        if (!text.isEmpty()) {
          own.add(InetAddress.ofLiteral(text));
        }
      }
      own.forEach(address -> names.put(address, endpoint.containerName() + "." + network));
      for (String name : endpoint.dnsNames()) {
        addresses.computeIfAbsent(fold(name), n -> new LinkedHashSet<>()).addAll(own);
      }
      addresses.computeIfAbsent(endpoint.containerId(), n -> new LinkedHashSet<>()).addAll(own);
    }
  }

  /** The network's name. */
  public String network() {
    return network;
  }

  /** The addresses of a name, alone or with the network's name behind a dot; empty for none. */
  Set<InetAddress> addresses(String name) {
    String folded = fold(name);
    Set<InetAddress> found = addresses.get(folded);
    if (found == null && folded.endsWith("." + fold(network))) {
      found = addresses.get(folded.substring(0, folded.length() - network.length() - 1));
    }
    return found == null ? Set.of() : found;
  }

  /** The name of an address, with the network's name. */
  Optional<String> name(InetAddress address) {
    return Optional.ofNullable(names.get(address));
  }

  private static String fold(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
