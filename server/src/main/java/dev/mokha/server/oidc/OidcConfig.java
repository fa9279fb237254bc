package dev.mokha.server.oidc;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The identity providers of a cluster, in the form of Kubernetes' {@code
 * AuthenticationConfiguration} ({@code apiserver.config.k8s.io}):
 *
 * <pre>
 * kind: AuthenticationConfiguration
 * jwt:
 * - issuer:
 *     url: https://login.example.com
 *     audiences: [mokha]
 *     certificateAuthority: |        # PEM; without it, what Java trusts
 *       ...
 *   claimMappings:
 *     username: {claim: email, prefix: "oidc:"}
 *     groups: {claim: groups, prefix: "oidc:"}
 *     uid: {claim: sub}
 *   claimValidationRules:
 *   - {claim: hd, requiredValue: example.com}
 * </pre>
 *
 * <p>Names are made of claims; expressions are refused, with a sentence that says so.
 */
public record OidcConfig(List<Provider> providers) {
  /** Copies the list. */
  public OidcConfig {
    providers = List.copyOf(providers);
  }

  /** A claim and what is put before its value. */
  public record Mapping(String claim, String prefix) {}

  /**
   * A provider.
   *
   * @param issuer its URL, as its tokens have it
   * @param discoveryUrl where its configuration document is
   * @param audiences a token must be for one of them
   * @param authorityPem who vouches for its certificate; empty for what Java trusts
   * @param username makes the user's name
   * @param groups makes his groups; null for none
   * @param uidClaim the claim that is his uid; empty for none
   * @param required claims a token must have, with these values
   */
  public record Provider(
      String issuer,
      String discoveryUrl,
      List<String> audiences,
      String authorityPem,
      Mapping username,
      Mapping groups,
      String uidClaim,
      Map<String, String> required) {
    /** Copies the collections. */
    public Provider {
      requireNonNull(issuer);
      requireNonNull(username);
      audiences = List.copyOf(audiences);
      required = Map.copyOf(required);
    }
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException with what is wrong, and where
   */
  public static OidcConfig read(Path file) {
    try {
      return parse(Files.readString(file));
    } catch (IOException e) {
      throw new IllegalArgumentException(file + " can't be read: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /** Reads a text; fails as {@link #read} does. */
  public static OidcConfig parse(String text) {
    JsonNode root;
    try {
      root = new YAMLMapper().readTree(text);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("not valid YAML: " + e.getOriginalMessage(), e);
    }
    only(root, "", "apiVersion", "kind", "jwt", "anonymous");
    if (!text(root, "kind").equals("AuthenticationConfiguration")) {
      throw new IllegalArgumentException("kind must be AuthenticationConfiguration");
    }
    if (root.has("anonymous")) {
      throw new IllegalArgumentException(
          "anonymous can't be configured; roles of system:anonymous decide what it may do");
    }
    List<Provider> providers = new ArrayList<>();
    Set<String> issuers = new HashSet<>();
    for (JsonNode jwt : root.path("jwt")) {
      Provider provider = provider(jwt, "jwt[" + providers.size() + "]");
      if (!issuers.add(provider.issuer())) {
        throw new IllegalArgumentException("the issuer " + provider.issuer() + " is there twice");
      }
      providers.add(provider);
    }
    return new OidcConfig(providers);
  }

  private static Provider provider(JsonNode jwt, String path) {
    only(jwt, path, "issuer", "claimMappings", "claimValidationRules");
    JsonNode issuer = jwt.path("issuer");
    only(
        issuer,
        path + ".issuer",
        "url",
        "discoveryURL",
        "audiences",
        "audienceMatchPolicy",
        "certificateAuthority");
    String url = https(issuer, "url", path);
    String discovery =
        issuer.has("discoveryURL")
            ? https(issuer, "discoveryURL", path)
            : url.replaceAll("/+$", "") + "/.well-known/openid-configuration";
    List<String> audiences = new ArrayList<>();
    issuer.path("audiences").forEach(a -> audiences.add(a.asString("")));
    if (audiences.isEmpty() || audiences.contains("")) {
      throw new IllegalArgumentException(path + ".issuer.audiences needs at least one audience");
    }
    JsonNode mappings = jwt.path("claimMappings");
    only(mappings, path + ".claimMappings", "username", "groups", "uid");
    Mapping username = mapping(mappings.path("username"), path + ".claimMappings.username");
    Mapping groups =
        mappings.has("groups")
            ? mapping(mappings.path("groups"), path + ".claimMappings.groups")
            : null;
    JsonNode uid = mappings.path("uid");
    only(uid, path + ".claimMappings.uid", "claim");
    return new Provider(
        url,
        discovery,
        audiences,
        text(issuer, "certificateAuthority"),
        username,
        groups,
        text(uid, "claim"),
        required(jwt.path("claimValidationRules"), path));
  }

  private static Map<String, String> required(JsonNode rules, String path) {
    Map<String, String> required = new TreeMap<>();
    int i = 0;
    for (JsonNode rule : rules) {
      String at = path + ".claimValidationRules[" + i++ + "]";
      only(rule, at, "claim", "requiredValue");
      if (text(rule, "claim").isEmpty()) {
        throw new IllegalArgumentException(at + ".claim is missing");
      }
      required.put(text(rule, "claim"), text(rule, "requiredValue"));
    }
    return required;
  }

  private static Mapping mapping(JsonNode mapping, String path) {
    only(mapping, path, "claim", "prefix");
    if (text(mapping, "claim").isEmpty()) {
      throw new IllegalArgumentException(path + ".claim is missing");
    }
    if (!mapping.has("prefix")) {
      throw new IllegalArgumentException(
          path + ".prefix is missing; say \"\" if names are to stand as the provider gives them");
    }
    return new Mapping(text(mapping, "claim"), text(mapping, "prefix"));
  }

  private static String https(JsonNode issuer, String field, String path) {
    String url = text(issuer, field);
    try {
      URI uri = URI.create(url);
      if ("https".equals(uri.getScheme()) && uri.getHost() != null && uri.getQuery() == null) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // Falls through to the complaint.
    }
    throw new IllegalArgumentException(
        "%s.issuer.%s must be an https URL, not \"%s\"".formatted(path, field, url));
  }

  /** A part that is not understood must not be left out: it might have been a restriction. */
  private static void only(JsonNode node, String path, String... fields) {
    Set<String> known = Set.of(fields);
    for (String name : node.propertyNames()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "%s is not supported here".formatted(path.isEmpty() ? name : path + "." + name));
      }
    }
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asString("");
  }
}
