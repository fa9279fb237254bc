package dev.mokha.node.environment;

import io.fabric8.kubernetes.api.model.HostAlias;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodDNSConfig;
import io.fabric8.kubernetes.api.model.PodDNSConfigOption;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A pod's host name, /etc/hosts and /etc/resolv.conf. */
public final class PodNames {
  private static final int LONGEST_HOSTNAME = 63;
  // resolv.conf(5): more nameservers are ignored by the C library.
  private static final int MOST_NAMESERVERS = 3;

  private PodNames() {}

  /** The short host name: the pod's own wish, else its name, at most 63 characters. */
  public static String shortHostname(Pod pod) {
    PodSpec spec = pod.getSpec();
    if (spec.getHostnameOverride() != null) {
      return spec.getHostnameOverride();
    }
    if (spec.getHostname() != null && !spec.getHostname().isEmpty()) {
      return spec.getHostname();
    }
    String name = pod.getMetadata().getName();
    if (name.length() > LONGEST_HOSTNAME) {
      name = name.substring(0, LONGEST_HOSTNAME);
      while (name.endsWith("-") || name.endsWith(".")) {
        name = name.substring(0, name.length() - 1);
      }
    }
    return name;
  }

  /** The name with its domain; empty when the pod has no subdomain. */
  public static String fullHostname(Pod pod, String clusterDomain) {
    String subdomain = pod.getSpec().getSubdomain();
    return subdomain == null || subdomain.isEmpty() || pod.getSpec().getHostnameOverride() != null
        ? ""
        : "%s.%s.%s.svc.%s"
            .formatted(
                shortHostname(pod), subdomain, pod.getMetadata().getNamespace(), clusterDomain);
  }

  /** What the UTS namespace says (KEP-1797). */
  public static String hostname(Pod pod, String clusterDomain) {
    String full = fullHostname(pod, clusterDomain);
    if (Boolean.TRUE.equals(pod.getSpec().getSetHostnameAsFQDN()) && !full.isEmpty()) {
      if (full.length() > 64) {
        throw new ConfigurationException(
            "the host name " + full + " is longer than the kernel's 64 characters");
      }
      return full;
    }
    return shortHostname(pod);
  }

  /** The text of /etc/hosts. */
  public static String hosts(Pod pod, List<String> addresses, String clusterDomain) {
    StringBuilder text = new StringBuilder("# Kubernetes-managed hosts file.\n");
    text.append("127.0.0.1\tlocalhost\n");
    text.append("::1\tlocalhost ip6-localhost ip6-loopback\n");
    text.append("fe00::0\tip6-localnet\n");
    text.append("fe00::0\tip6-mcastprefix\n");
    text.append("fe00::1\tip6-allnodes\n");
    text.append("fe00::2\tip6-allrouters\n");
    String full = fullHostname(pod, clusterDomain);
    String names = full.isEmpty() ? shortHostname(pod) : full + "\t" + shortHostname(pod);
    for (String address : addresses) {
      text.append(address).append('\t').append(names).append('\n');
    }
    return text.append(aliases(pod)).toString();
  }

  /** The text of /etc/hosts of a pod in the host's network. */
  public static String hostNetworkHosts(Pod pod, String hostFile) {
    return "# Kubernetes-managed hosts file (host network).\n" + hostFile + aliases(pod);
  }

  private static String aliases(Pod pod) {
    List<HostAlias> aliases = pod.getSpec().getHostAliases();
    if (aliases.isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder("\n# Entries added by HostAliases.\n");
    for (HostAlias alias : aliases) {
      text.append(alias.getIp())
          .append('\t')
          .append(String.join("\t", alias.getHostnames()))
          .append('\n');
    }
    return text.toString();
  }

  /**
   * What a resolver is told.
   *
   * @param nameservers addresses
   * @param searches domains
   * @param options such as {@code ndots:5}
   */
  public record Resolver(List<String> nameservers, List<String> searches, List<String> options) {
    /** Reads a resolv.conf. */
    public static Resolver parse(String text) {
      List<String> nameservers = new ArrayList<>();
      List<String> searches = new ArrayList<>();
      List<String> options = new ArrayList<>();
      for (String line : text.lines().toList()) {
        String[] words = line.strip().split("\\s+");
        List<String> values = List.of(words).subList(1, words.length);
        switch (words[0]) {
          case "nameserver" -> nameservers.addAll(values);
          case "search", "domain" -> {
            searches.clear();
            searches.addAll(values);
          }
          case "options" -> options.addAll(values);
          default -> {}
        }
      }
      return new Resolver(nameservers, searches, options);
    }

    /** The file's text. */
    public String text() {
      StringBuilder out = new StringBuilder();
      if (!searches.isEmpty()) {
        out.append("search ").append(String.join(" ", searches)).append('\n');
      }
      nameservers.forEach(n -> out.append("nameserver ").append(n).append('\n'));
      if (!options.isEmpty()) {
        out.append("options ").append(String.join(" ", options)).append('\n');
      }
      return out.toString();
    }
  }

  /**
   * A pod's resolver, by its dnsPolicy and dnsConfig.
   *
   * @param clusterDns the cluster's nameserver
   * @param host the host's own resolver
   */
  public static Resolver resolver(Pod pod, String clusterDns, String clusterDomain, Resolver host) {
    String policy = pod.getSpec().getDnsPolicy();
    if (policy == null) {
      policy = "ClusterFirst";
    }
    boolean hostNetwork = Boolean.TRUE.equals(pod.getSpec().getHostNetwork());
    boolean cluster =
        policy.equals("ClusterFirstWithHostNet") || (policy.equals("ClusterFirst") && !hostNetwork);
    List<String> nameservers = new ArrayList<>();
    Set<String> searches = new LinkedHashSet<>();
    Map<String, String> options = new LinkedHashMap<>();
    if (cluster) {
      nameservers.add(clusterDns);
      String service = "svc." + clusterDomain;
      searches.add(pod.getMetadata().getNamespace() + "." + service);
      searches.add(service);
      searches.add(clusterDomain);
      searches.addAll(host.searches());
      options.put("ndots", "ndots:5");
    } else if (!policy.equals("None")) {
      nameservers.addAll(host.nameservers());
      searches.addAll(host.searches());
      host.options().forEach(o -> options.put(nameOf(o), o));
    }
    PodDNSConfig config = pod.getSpec().getDnsConfig();
    if (config != null) {
      config.getNameservers().stream()
          .filter(n -> !nameservers.contains(n))
          .forEach(nameservers::add);
      searches.addAll(config.getSearches());
      for (PodDNSConfigOption option : config.getOptions()) {
        String value = option.getValue();
        options.put(
            option.getName(),
            value == null || value.isEmpty() ? option.getName() : option.getName() + ":" + value);
      }
    }
    return new Resolver(
        nameservers.stream().limit(MOST_NAMESERVERS).toList(),
        List.copyOf(searches),
        List.copyOf(options.values()));
  }

  private static String nameOf(String option) {
    int colon = option.indexOf(':');
    return colon < 0 ? option : option.substring(0, colon);
  }
}
