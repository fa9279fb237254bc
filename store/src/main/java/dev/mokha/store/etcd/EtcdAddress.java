package dev.mokha.store.etcd;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which etcd, and what part of it.
 *
 * <pre>{@code
 * etcd://10.0.0.1:2379,10.0.0.2:2379,10.0.0.3:2379?prefix=/mokha
 * etcd://db1,db2?cacert=/etc/etcd/ca.pem&cert=/etc/etcd/client.pem&key=/etc/etcd/client.key
 * }</pre>
 *
 * @param endpoints members, each {@code host:port}; one at a time is used
 * @param prefix what the keys of this cluster begin with, such as {@code /mokha}
 * @param tls how the connection is secured; empty for plain TCP
 */
public record EtcdAddress(List<String> endpoints, String prefix, Optional<Tls> tls) {
  /** What an address of a store on etcd begins with. */
  public static final String SCHEME = "etcd://";

  private static final String DEFAULT_PORT = "2379";
  private static final String DEFAULT_PREFIX = "/mokha";

  /**
   * TLS, with files in PEM.
   *
   * @param authority whom to trust
   * @param certificate the client's, empty when etcd asks for none
   * @param key the client's key, in PKCS #8
   */
  public record Tls(Path authority, Optional<Path> certificate, Optional<Path> key) {}

  /** Copies the endpoints. */
  public EtcdAddress {
    endpoints = List.copyOf(endpoints);
    // Neither a dot nor a second slash in a row: no prefix is then the beginning of another's keys.
    if (!prefix.matches("(/[A-Za-z0-9_-]+)+")) {
      throw new IllegalArgumentException(
          "the prefix of the keys must be of the form /name or /name/name, not " + prefix);
    }
  }

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static EtcdAddress parse(String text) {
    if (!text.startsWith(SCHEME)) {
      throw new IllegalArgumentException("the address of an etcd begins with etcd://, not " + text);
    }
    int question = text.indexOf('?');
    String hosts = text.substring(SCHEME.length(), question < 0 ? text.length() : question);
    Map<String, String> options = options(question < 0 ? "" : text.substring(question + 1));
    List<String> endpoints = new ArrayList<>();
    for (String host : hosts.split(",")) {
      if (!host.matches("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(:\\d{1,5})?")) {
        throw new IllegalArgumentException(
            "an etcd is named by HOST or HOST:PORT, several with commas between, not " + hosts);
      }
      endpoints.add(host.matches(".*:\\d+") ? host : host + ":" + DEFAULT_PORT);
    }
    String prefix = options.getOrDefault("prefix", DEFAULT_PREFIX);
    Optional<Path> authority = Optional.ofNullable(options.get("cacert")).map(Path::of);
    Optional<Path> certificate = Optional.ofNullable(options.get("cert")).map(Path::of);
    Optional<Path> key = Optional.ofNullable(options.get("key")).map(Path::of);
    if (certificate.isPresent() != key.isPresent()
        || (certificate.isPresent() && authority.isEmpty())) {
      throw new IllegalArgumentException(
          "an etcd with TLS takes cacert=FILE, and for a client certificate cert=FILE and key=FILE"
              + " too");
    }
    return new EtcdAddress(endpoints, prefix, authority.map(a -> new Tls(a, certificate, key)));
  }

  private static Map<String, String> options(String query) {
    Map<String, String> options = new HashMap<>();
    for (String pair : query.isEmpty() ? new String[0] : query.split("&")) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      if (!List.of("prefix", "cacert", "cert", "key").contains(name) || equals < 0) {
        throw new IllegalArgumentException(
            "an etcd's address takes prefix=, cacert=, cert= and key=, not " + pair);
      }
      options.put(name, URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return options;
  }
}
