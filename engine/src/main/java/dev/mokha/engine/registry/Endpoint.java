package dev.mokha.engine.registry;

import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.OwnRegistry;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * One place to ask for an image.
 *
 * @param base where the distribution API is, without {@code /v2/}
 * @param origin whether it is the registry itself, which credentials are for, or a mirror
 * @param namespace the registry whose images are asked for, where a mirror serves several (the
 *     {@code ns} parameter of the distribution spec); else empty
 * @param tls how to trust it; empty for what this machine trusts
 */
record Endpoint(URI base, boolean origin, String namespace, Optional<SSLContext> tls) {
  private static final String DOCKER_HUB = "docker.io";
  private static final String DOCKER_HUB_HOST = "registry-1.docker.io";

  /** Where to ask for a registry's images: its mirrors in order, then itself. */
  static List<Endpoint> of(String registry, EngineConfig config) {
    Optional<OwnRegistry> own = config.ownRegistry().filter(o -> o.hosts().contains(registry));
    if (own.isPresent()) {
      // Nobody else has its images, not even a mirror of all hosts.
      return List.of(new Endpoint(own.get().base(), true, "", Optional.of(own.get().tls())));
    }
    List<String> mirrors =
        config
            .registries()
            .getOrDefault(registry, config.registries().getOrDefault("*", List.of()));
    List<Endpoint> endpoints = new ArrayList<>();
    for (String mirror : mirrors) {
      if (!mirror.equals(registry)) {
        endpoints.add(mirror(registry, uri(mirror, config), config));
      }
    }
    String host = registry.equals(DOCKER_HUB) ? DOCKER_HUB_HOST : registry;
    endpoints.add(new Endpoint(uri(host, config), true, "", Optional.empty()));
    return endpoints;
  }

  /** The cluster's registry mirrors many others, and is told which one is meant. */
  private static Endpoint mirror(String registry, URI base, EngineConfig config) {
    return config
        .ownRegistry()
        .filter(own -> own.base().equals(base))
        .map(own -> new Endpoint(base, false, registry, Optional.of(own.tls())))
        .orElseGet(() -> new Endpoint(base, false, "", Optional.empty()));
  }

  private static URI uri(String host, EngineConfig config) {
    String plain = host.endsWith("/") ? host.substring(0, host.length() - 1) : host;
    try {
      if (plain.startsWith("http://") || plain.startsWith("https://")) {
        return URI.create(plain);
      }
      boolean insecure =
          config.insecureRegistries().contains(plain) || isLoopback(URI.create("//" + plain));
      return URI.create((insecure ? "http://" : "https://") + plain);
    } catch (IllegalArgumentException e) {
      throw new EngineException(
          EngineException.Code.INVALID, "\"" + host + "\" is not a registry's address", e);
    }
  }

  private static boolean isLoopback(URI uri) {
    String host = uri.getHost();
    if (host == null) {
      return false;
    }
    if (host.equals("localhost")) {
      return true;
    }
    // Names are not looked up: what a resolver says is no reason to trust a plain connection.
    if (!host.matches("[0-9.]+|\\[[0-9a-fA-F:.]+]")) {
      return false;
    }
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** The cluster's own registry as somebody else than the node; every other place as it is. */
  Endpoint as(Optional<SSLContext> identity) {
    return identity.isPresent() && origin && tls.isPresent()
        ? new Endpoint(base, origin, namespace, identity)
        : this;
  }

  /** Whether what is sent here can be read on the way. */
  boolean plain() {
    return base.getScheme().equals("http");
  }

  /** The address of something in a repository. */
  URI resource(String repository, String kind, String name) {
    String asked = namespace.isEmpty() ? "" : "?ns=" + namespace;
    return URI.create(base + "/v2/" + repository + "/" + kind + "/" + name + asked);
  }

  /** The address that only says whether one is welcome. */
  URI root() {
    return URI.create(base + "/v2/");
  }

  @Override
  public String toString() {
    return base.getAuthority();
  }
}
