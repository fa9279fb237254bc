package dev.mokha.linux.netlink;

/** The families that requests are about; AF_* of sys/socket.h. */
final class AddressFamily {
  static final int ANY = 0;
  static final int INET = 2;
  static final int BRIDGE = 7;
  static final int INET6 = 10;

  private AddressFamily() {}

  /** An address's family, by how long it is. */
  static int of(byte[] address) {
    return address.length == 4 ? INET : INET6;
  }
}
