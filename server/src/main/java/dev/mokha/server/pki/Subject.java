package dev.mokha.server.pki;

import java.util.List;

/**
 * Whom a certificate names, and for what.
 *
 * @param commonName the user, for a client certificate
 * @param organizations the groups, for a client certificate
 * @param dnsNames the host names of a serving certificate
 * @param addresses the IP addresses of a serving certificate
 * @param server whether a server may show it
 * @param client whether a client may show it
 */
public record Subject(
    String commonName,
    List<String> organizations,
    List<String> dnsNames,
    List<String> addresses,
    boolean server,
    boolean client) {
  /** Copies the lists. */
  public Subject {
    organizations = List.copyOf(organizations);
    dnsNames = List.copyOf(dnsNames);
    addresses = List.copyOf(addresses);
  }

  /** A client: the user and his groups. */
  public static Subject client(String user, String... groups) {
    return new Subject(user, List.of(groups), List.of(), List.of(), false, true);
  }

  /** A server: its name and everything it is reached by. */
  public static Subject server(String name, List<String> dnsNames, List<String> addresses) {
    return new Subject(name, List.of(), dnsNames, addresses, true, false);
  }

  /** The same, also in these groups. */
  public Subject in(String... groups) {
    return new Subject(commonName, List.of(groups), dnsNames, addresses, server, client);
  }
}
