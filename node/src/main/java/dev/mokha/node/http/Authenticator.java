package dev.mokha.node.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.access.BriefCache;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who a request is from: the subject of a client certificate of the cluster's CA (common name is
 * the user, organizations the groups), or whoever the API says a bearer token belongs to.
 */
final class Authenticator {
  private static final GroupVersionResource REVIEWS =
      new GroupVersionResource("authentication.k8s.io", "v1", "tokenreviews");
  private static final Duration KEPT = Duration.ofMinutes(2);

  private final ApiClient client;
  private final BriefCache<Optional<Caller>> tokens;

  Authenticator(ApiClient client, Clock clock) {
    this.client = requireNonNull(client, "client");
    this.tokens = new BriefCache<>(clock);
  }

  /** The caller; empty when nobody vouches for it. */
  Optional<Caller> authenticate(HttpServerRequest request) {
    Optional<Caller> byCertificate = certificate(request);
    if (byCertificate.isPresent()) {
      return byCertificate;
    }
    String authorization = request.getHeader("Authorization");
    if (authorization == null || !authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return Optional.empty();
    }
    String token = authorization.substring(7).strip();
    return tokens.get(hash(token), KEPT, () -> review(token));
  }

  // Only certificates that TLS has verified against the cluster's CA come this far.
  private static Optional<Caller> certificate(HttpServerRequest request) {
    if (request.sslSession() == null) {
      return Optional.empty();
    }
    try {
      Certificate[] chain = request.sslSession().getPeerCertificates();
      if (chain.length == 0 || !(chain[0] instanceof X509Certificate certificate)) {
        return Optional.empty();
      }
      String user = "";
      List<String> groups = new ArrayList<>();
      for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (rdn.getType().equalsIgnoreCase("CN")) {
          user = String.valueOf(rdn.getValue());
        } else if (rdn.getType().equalsIgnoreCase("O")) {
          groups.add(String.valueOf(rdn.getValue()));
        }
      }
      groups.add("system:authenticated");
      return user.isEmpty()
          ? Optional.empty()
          : Optional.of(new Caller(user, "", groups, Map.of()));
    } catch (SSLPeerUnverifiedException | InvalidNameException e) {
      return Optional.empty();
    }
  }

  private Optional<Caller> review(String token) {
    ObjectNode body = Json.MAPPER.createObjectNode();
    body.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenReview");
    body.putObject("metadata");
    body.putObject("spec").put("token", token);
    try {
      JsonNode status =
          client.create(REVIEWS, "", "", "", KubeObject.of(body)).toTree().path("status");
      if (!status.path("authenticated").asBoolean(false)) {
        return Optional.empty();
      }
      JsonNode user = status.path("user");
      List<String> groups = new ArrayList<>();
      user.path("groups").forEach(g -> groups.add(g.asString()));
      Map<String, List<String>> extra = new LinkedHashMap<>();
      if (user.path("extra") instanceof ObjectNode all) {
        for (Map.Entry<String, JsonNode> e : all.properties()) {
          List<String> values = new ArrayList<>();
          e.getValue().forEach(v -> values.add(v.asString()));
          extra.put(e.getKey(), values);
        }
      }
      return Optional.of(
          new Caller(
              user.path("username").asString(""), user.path("uid").asString(""), groups, extra));
    } catch (StatusException e) {
      return Optional.empty();
    }
  }

  private static String hash(String token) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
