package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.List;

/** What the objects of a kind may be called. */
enum NameRule {
  SUBDOMAIN,
  /**
   * A subdomain, in the groups whose objects may have finalizers without a slash in their names.
   */
  SUBDOMAIN_OF_EXTENSION,
  LABEL,
  PATH_SEGMENT,
  /** An address in its canonical form: the name of an IPAddress. */
  IP_ADDRESS;

  /** What is wrong with the name. */
  List<String> check(String name) {
    return switch (this) {
      case SUBDOMAIN, SUBDOMAIN_OF_EXTENSION -> Names.dns1123Subdomain(name);
      case LABEL -> Names.dns1123Label(name);
      case PATH_SEGMENT -> Names.pathSegment(name);
      case IP_ADDRESS -> Addresses.isAddress(name) ? List.of() : List.of(Addresses.WRONG);
    };
  }

  /** What is wrong with the beginning of a name to be generated: it may end in a dash. */
  List<String> checkPrefix(String prefix) {
    return check(prefix.endsWith("-") ? prefix.substring(0, prefix.length() - 1) + "a" : prefix);
  }
}
