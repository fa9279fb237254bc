package dev.mokha.network.proxy;

/**
 * Who answers for a Service's port.
 *
 * @param address IPv4 address
 * @param port its port
 */
record Backend(String address, int port) implements Comparable<Backend> {
  /** As nft writes it. */
  String element() {
    return address + " . " + port;
  }

  @Override
  public int compareTo(Backend other) {
    int byAddress = address.compareTo(other.address);
    return byAddress != 0 ? byAddress : Integer.compare(port, other.port);
  }
}
