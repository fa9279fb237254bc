package dev.mokha.server.authentication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.server.pki.ClusterPki;
import dev.mokha.server.pki.KeyAndCertificates;
import dev.mokha.server.pki.Subject;
import dev.mokha.server.rest.VirtualResource.Call;
import dev.mokha.server.storage.ObjectReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What time does to credentials. */
final class ExpiryTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private final Map<String, KubeObject> stored = new HashMap<>();
  private final ObjectReader objects = new MapReader(stored);
  private Instant now = NOW;
  private final Clock clock = clock(() -> now);
  private ClusterPki pki;
  private ServiceAccountTokens tokens;
  private TokenRequests requests;

  private record MapReader(Map<String, KubeObject> stored) implements ObjectReader {
    @Override
    public Optional<KubeObject> find(String group, String resource, String namespace, String name) {
      return Optional.ofNullable(stored.get(resource + "/" + namespace + "/" + name));
    }

    @Override
    public List<KubeObject> list(String group, String resource, String namespace) {
      return stored.entrySet().stream()
          .filter(e -> e.getKey().startsWith(resource + "/" + namespace))
          .map(Map.Entry::getValue)
          .toList();
    }

    @Override
    public long lastChange(String group, String resource) {
      return stored.size();
    }
  }

  private static Clock clock(InstantSource source) {
    return new Clock() {
      @Override
      public ZoneOffset getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(java.time.ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return source.instant();
      }
    };
  }

  @BeforeEach
  void start(@TempDir Path directory) {
    pki = ClusterPki.open(directory, clock);
    ServiceAccountIssuer issuer =
        new ServiceAccountIssuer("https://issuer", pki.serviceAccountKey(), clock);
    tokens = new ServiceAccountTokens(issuer, objects, clock);
    requests = new TokenRequests(issuer, objects, clock);
    put("serviceaccounts", "a", "ServiceAccount", "");
  }

  private void put(String resource, String name, String kind, String more) {
    String json =
        "{\"apiVersion\":\"v1\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"ns\",\"uid\":\"%s-uid\"%s},\"spec\":{\"serviceAccountName\":\"a\",\"nodeName\":\"n\"}}"
            .formatted(kind, name, name, more);
    stored.put(resource + "/ns/" + name, KubeObject.parse(json.getBytes(StandardCharsets.UTF_8)));
  }

  private String token(String spec) {
    return requests
        .create(
            new Call(UserInfo.SERVER, "ns", "a", false),
            Json.parseObject(("{\"spec\":" + spec + "}").getBytes(StandardCharsets.UTF_8)))
        .at("/status/token")
        .asString();
  }

  private Optional<UserInfo> authenticate(String token) {
    return tokens.authenticate(new Credentials(List.of(), token));
  }

  @Test
  void aTokenEndsOnTimeThoughItsSignatureIsCached() {
    String token = token("{\"expirationSeconds\":600}");
    assertThat(authenticate(token).orElseThrow().name()).isEqualTo("system:serviceaccount:ns:a");
    now = NOW.plusSeconds(599);
    assertThat(authenticate(token)).isPresent();
    now = NOW.plusSeconds(601);
    assertThatThrownBy(() -> authenticate(token))
        .isInstanceOf(StatusException.class)
        .hasMessage("Unauthorized");
  }

  @Test
  void aTokenOutlivesItsPodsDeletionByAMinute() {
    put("pods", "p", "Pod", "");
    String token = token("{\"boundObjectRef\":{\"kind\":\"Pod\",\"name\":\"p\"}}");
    assertThat(authenticate(token)).isPresent();
    put("pods", "p", "Pod", ",\"deletionTimestamp\":\"2026-11-22T12:00:00Z\"");
    now = NOW.plusSeconds(59);
    assertThat(authenticate(token)).isPresent();
    now = NOW.plusSeconds(61);
    assertThatThrownBy(() -> authenticate(token)).isInstanceOf(StatusException.class);
  }

  @Test
  void aTokenOfAnotherKeyIsNotOurs(@TempDir Path other) {
    ServiceAccountIssuer stranger =
        new ServiceAccountIssuer(
            "https://issuer", ClusterPki.open(other, clock).serviceAccountKey(), clock);
    String token =
        new TokenRequests(stranger, objects, clock)
            .create(new Call(UserInfo.SERVER, "ns", "a", false), Json.MAPPER.createObjectNode())
            .at("/status/token")
            .asString();
    assertThatThrownBy(() -> authenticate(token)).isInstanceOf(StatusException.class);
    assertThat(authenticate("not.ours.atall")).isEmpty();
  }

  @Test
  void aNodeGetsTokensForItsOwnPodsOnly() {
    put("pods", "p", "Pod", "");
    String body = "{\"spec\":{\"boundObjectRef\":{\"kind\":\"Pod\",\"name\":\"p\"}}}";
    for (String node : new String[] {"n", "other"}) {
      UserInfo user = UserInfo.authenticated("system:node:" + node, List.of("system:nodes"));
      Call call = new Call(user, "ns", "a", false);
      if (node.equals("n")) {
        assertThat(
                requests
                    .create(call, Json.parseObject(body.getBytes(StandardCharsets.UTF_8)))
                    .at("/status/token")
                    .asString())
            .isNotEmpty();
        assertThatThrownBy(() -> requests.create(call, Json.MAPPER.createObjectNode()))
            .hasMessageContaining("not bound to a pod");
      } else {
        assertThatThrownBy(
                () ->
                    requests.create(call, Json.parseObject(body.getBytes(StandardCharsets.UTF_8))))
            .hasMessageContaining("scheduled on a different node");
      }
    }
  }

  @Test
  void aCertificateEndsOnTimeThoughItsConnectionIsOpen() throws Exception {
    KeyAndCertificates jane =
        pki.authority().issue(Subject.client("jane", "devs", "ops"), Duration.ofHours(1));
    ClientCertificates authenticator = new ClientCertificates(clock);
    Credentials credentials = new Credentials(jane.chain(), "");
    UserInfo user = authenticator.authenticate(credentials).orElseThrow();
    assertThat(user.name()).isEqualTo("jane");
    assertThat(user.groups()).containsExactly("devs", "ops", "system:authenticated");
    now = NOW.plus(Duration.ofMinutes(61));
    assertThatThrownBy(() -> authenticator.authenticate(credentials))
        .isInstanceOf(StatusException.class);
    now = NOW;
    KeyAndCertificates server =
        pki.authority().issue(Subject.server("s", List.of("s"), List.of()), Duration.ofHours(1));
    assertThatThrownBy(() -> authenticator.authenticate(new Credentials(server.chain(), "")))
        .isInstanceOf(StatusException.class);
  }
}
