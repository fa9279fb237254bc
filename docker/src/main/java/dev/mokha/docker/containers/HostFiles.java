package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import dev.mokha.docker.http.Json;
import dev.mokha.engine.EngineException;
import dev.mokha.network.bridges.ContainerNetworks;
import dev.mokha.network.bridges.ContainerNetworks.Sandbox;
import dev.mokha.network.bridges.Endpoint;
import dev.mokha.network.bridges.Network;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Writes /etc/hosts, /etc/hostname and /etc/resolv.conf of a container before each run. */
public final class HostFiles {
  private static final Path HOST_HOSTS = Path.of("/etc/hosts");
  private static final Path HOST_RESOLVER = Path.of("/etc/resolv.conf");

  /** What resolved writes for those who can't reach its own address. */
  private static final Path RESOLVED = Path.of("/run/systemd/resolve/resolv.conf");

  private static final String EMBEDDED = "127.0.0.11";

  private static final String LOCAL_NAMES =
      """
      127.0.0.1\tlocalhost
      ::1\tlocalhost ip6-localhost ip6-loopback
      fe00::\tip6-localnet
      ff00::\tip6-mcastprefix
      ff02::1\tip6-allnodes
      ff02::2\tip6-allrouters
      """;

  private HostFiles() {}

  /**
   * Writes them.
   *
   * @param directory where
   * @param sandbox its network; empty when it shares the host's or has none of its own
   * @param hostGateway what {@code host-gateway} stands for
   * @param ofHost whether it has the host's own network
   */
  public static void write(
      Path directory,
      ObjectNode config,
      ObjectNode host,
      Optional<Sandbox> sandbox,
      String hostGateway,
      boolean ofHost,
      Map<String, String> links) {
    try {
      Files.createDirectories(directory);
      put(directory.resolve("hostname"), Json.text(config, "Hostname") + "\n");
      put(directory.resolve("hosts"), hosts(config, host, sandbox, hostGateway, ofHost, links));
      put(
          directory.resolve("resolv.conf"),
          resolver(host, sandbox.isPresent() && sandbox.get().embeddedNames(), ofHost));
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL,
          "The container's /etc files can't be written: " + e.getMessage(),
          e);
    }
  }

  /** Sees to it that the files are there, for mounts of them; what they say may come later. */
  static void touch(Path directory) {
    try {
      Files.createDirectories(directory);
      for (String name : List.of("hostname", "hosts", "resolv.conf")) {
        Path file = directory.resolve(name);
        if (!Files.exists(file)) {
          Files.createFile(file);
        }
      }
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL,
          "The container's /etc files can't be made: " + e.getMessage(),
          e);
    }
  }

  /** In place: a running container has the file itself mounted. */
  private static void put(Path file, String content) throws IOException {
    Files.write(file, content.getBytes(StandardCharsets.UTF_8));
  }

  private static String hosts(
      ObjectNode config,
      ObjectNode host,
      Optional<Sandbox> sandbox,
      String hostGateway,
      boolean ofHost,
      Map<String, String> links)
      throws IOException {
    StringBuilder text =
        new StringBuilder(
            ofHost && Files.exists(HOST_HOSTS) ? Files.readString(HOST_HOSTS) : LOCAL_NAMES);
    if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
      text.append('\n');
    }
    extraHosts(host, hostGateway).forEach((name, ip) -> line(text, ip, name));
    links.forEach((names, ip) -> line(text, ip, names));
    String hostname = Json.text(config, "Hostname");
    String domain = Json.text(config, "Domainname");
    String names = domain.isEmpty() ? hostname : hostname + "." + domain + " " + hostname;
    if (sandbox.isPresent()) {
      for (Endpoint endpoint : sandbox.get().endpoints()) {
        line(text, endpoint.ipv4Address(), names);
        line(text, endpoint.ipv6Address(), names);
      }
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String ip, String names) {
    if (!ip.isEmpty()) {
      text.append(ip).append('\t').append(names).append('\n');
    }
  }

  /** Names with addresses, of {@code name:ip} or {@code name=ip}. */
  static Map<String, String> extraHosts(ObjectNode host, String hostGateway) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String entry : Json.strings(host, "ExtraHosts")) {
      int at = entry.indexOf('=') >= 0 ? entry.indexOf('=') : entry.indexOf(':');
      if (at <= 0 || at == entry.length() - 1) {
        throw DockerException.invalid("bad format for add-host: \"" + entry + "\"");
      }
      String ip = entry.substring(at + 1);
      all.put(entry.substring(0, at), ip.equals("host-gateway") ? hostGateway : ip);
    }
    return all;
  }

  private static String resolver(ObjectNode host, boolean embedded, boolean ofHost)
      throws IOException {
    List<String> servers = new ArrayList<>();
    List<String> search = new ArrayList<>();
    List<String> options = new ArrayList<>();
    readHost(ofHost, servers, search, options);
    if (!Json.strings(host, "Dns").isEmpty()) {
      servers = new ArrayList<>(Json.strings(host, "Dns"));
    }
    if (embedded) {
      servers = List.of(EMBEDDED);
    }
    if (!Json.strings(host, "DnsSearch").isEmpty()) {
      search = new ArrayList<>(Json.strings(host, "DnsSearch"));
      search.remove(".");
    }
    if (!Json.strings(host, "DnsOptions").isEmpty()) {
      options = new ArrayList<>(Json.strings(host, "DnsOptions"));
    }
    if (embedded && options.stream().noneMatch(option -> option.startsWith("ndots:"))) {
      options.add("ndots:0");
    }
    StringBuilder text = new StringBuilder();
    servers.forEach(server -> text.append("nameserver ").append(server).append('\n'));
    if (!search.isEmpty()) {
      text.append("search ").append(String.join(" ", search)).append('\n');
    }
    if (!options.isEmpty()) {
      text.append("options ").append(String.join(" ", options)).append('\n');
    }
    return text.toString();
  }

  /** The host's own settings; servers on its loopback are of no use in another namespace. */
  private static void readHost(
      boolean ofHost, List<String> servers, List<String> search, List<String> options)
      throws IOException {
    List<String> lines = lines(HOST_RESOLVER);
    parse(lines, ofHost, servers, search, options);
    if (servers.isEmpty() && !ofHost) {
      parse(lines(RESOLVED), false, servers, new ArrayList<>(), new ArrayList<>());
    }
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
  }

  private static void parse(
      List<String> lines,
      boolean loopbackToo,
      List<String> servers,
      List<String> search,
      List<String> options) {
    for (String line : lines) {
      String[] words = line.strip().split("\\s+");
      if (words.length < 2) {
        continue;
      }
      List<String> rest = List.of(words).subList(1, words.length);
      switch (words[0]) {
        case "nameserver" -> {
          boolean local = words[1].startsWith("127.") || words[1].equals("::1");
          if (loopbackToo || !local) {
            servers.add(words[1]);
          }
        }
        case "search", "domain" -> {
          search.clear();
          search.addAll(rest);
        }
        case "options" -> options.addAll(rest);
        default -> {
          // A comment, or something of another resolver's.
        }
      }
    }
  }

  /** The host as containers reach it: the default network's gateway. */
  public static String gateway(ContainerNetworks networks) {
    try {
      return networks.inspect(Network.DEFAULT).spec().pools().stream()
          .map(pool -> pool.gateway())
          .filter(ip -> !ip.isEmpty())
          .findFirst()
          .orElse("127.0.0.1");
    } catch (RuntimeException none) {
      return "127.0.0.1";
    }
  }
}
