package dev.mokha.engine.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.images.Progress;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.images.PullOptions.Credentials;
import dev.mokha.engine.images.Reference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pulling from registries that behave, and from some that don't. */
@Timeout(60)
class ImagePullerTest {
  private static final byte[] CONFIG = "{}".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path directory;
  private final FakeRegistry registry = new FakeRegistry();
  private final FakeRegistry mirror = new FakeRegistry();
  private final byte[] layer = new byte[200_000];
  private ContentStore content;

  @BeforeEach
  void fill() throws IOException {
    content = new ContentStore(directory.resolve("content"));
    new Random(7).nextBytes(layer);
  }

  @AfterEach
  void close() {
    registry.close();
    mirror.close();
  }

  private ImagePuller.Pulled pull(String tag, Map<String, List<String>> mirrors, Credentials... as)
      throws IOException {
    EngineConfig config = new EngineConfig(directory, directory, "/unused", mirrors, List.of());
    return new ImagePuller(new Registries(config), content)
        .pull(
            Reference.parse(registry.host() + "/team/app" + tag),
            new PullOptions(List.of(as), Progress.NONE),
            new Leases().take());
  }

  @Test
  void bringsEveryBlob() throws IOException {
    Digest digest = registry.put("1", CONFIG, layer);
    ImagePuller.Pulled pulled = pull(":1", Map.of());
    assertThat(pulled.resolved()).isEqualTo(digest);
    assertThat(content.read(Digest.of(layer), layer.length)).isEqualTo(layer);
    assertThat(content.contains(Digest.of(CONFIG))).isTrue();
    registry.requests.clear();
    pull(":1", Map.of());
    assertThat(registry.requests).as("what is here is not fetched again").hasSize(1);
  }

  @Test
  void answersATokenChallengeWithTheFirstAcceptedCredentials() throws IOException {
    registry.login = "me:secret";
    registry.put("1", CONFIG, layer);
    pull(":1", Map.of(), new Credentials("you", "wrong", ""), new Credentials("me", "secret", ""));
    assertThat(content.contains(Digest.of(layer))).isTrue();
  }

  @Test
  void saysWhenCredentialsAreRefused() {
    registry.login = "me:secret";
    registry.put("1", CONFIG, layer);
    assertThatThrownBy(() -> pull(":1", Map.of(), new Credentials("me", "wrong", "")))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(EngineException.Code.UNAUTHORIZED));
    assertThatThrownBy(() -> pull(":1", Map.of())).hasMessageContaining("log in");
  }

  @Test
  void goesOnWhereABrokenConnectionEnded() throws IOException {
    registry.put("1", CONFIG, layer);
    registry.breakAfter = 90_000;
    pull(":1", Map.of());
    assertThat(content.read(Digest.of(layer), layer.length)).isEqualTo(layer);
    assertThat(registry.requests).anyMatch(request -> request.contains("bytes="));
  }

  @Test
  void asksTheMirrorsFirstAndTheRegistryLast() throws IOException {
    registry.put("1", CONFIG, layer);
    mirror.status = 503;
    pull(":1", Map.of(registry.host(), List.of(mirror.host())));
    assertThat(content.contains(Digest.of(layer))).isTrue();
    assertThat(mirror.requests).isNotEmpty();
  }

  @Test
  void aMirrorServesAloneWhenTheRegistryIsDown() throws IOException {
    mirror.put("1", CONFIG, layer);
    registry.status = 503;
    pull(":1", Map.of("*", List.of(mirror.host())));
    assertThat(content.contains(Digest.of(layer))).isTrue();
    assertThat(registry.requests).isEmpty();
  }

  @Test
  void damagedContentIsRefusedAndTheNextEndpointAsked() throws IOException {
    registry.put("1", CONFIG, layer);
    mirror.put("1", CONFIG, layer);
    byte[] damaged = layer.clone();
    damaged[17] ^= 1;
    mirror.blobs.put(Digest.of(layer).toString(), damaged);
    pull(":1", Map.of("*", List.of(mirror.host())));
    assertThat(content.read(Digest.of(layer), layer.length)).isEqualTo(layer);
  }

  @Test
  void damagedContentAloneIsAnError() {
    registry.put("1", CONFIG, layer);
    registry.blobs.put(Digest.of(layer).toString(), new byte[layer.length]);
    assertThatThrownBy(() -> pull(":1", Map.of()))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(EngineException.Code.CORRUPT));
    assertThat(content.contains(Digest.of(layer))).isFalse();
  }

  @Test
  void anEndlessBlobIsCut() {
    registry.put("1", CONFIG, layer);
    registry.blobs.put(Digest.of(layer).toString(), new byte[layer.length * 2]);
    assertThatThrownBy(() -> pull(":1", Map.of())).hasMessageContaining("sends more");
  }

  @Test
  void aMissingTagIsNotFound() {
    assertThatThrownBy(() -> pull(":none", Map.of()))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(EngineException.Code.NOT_FOUND));
  }

  @Test
  void takesThisMachinesImageOfAnIndex() throws IOException {
    Digest mine = registry.put("mine", CONFIG, layer);
    Digest other = registry.put("other", "{\"a\":1}".getBytes(StandardCharsets.UTF_8), new byte[9]);
    Digest index =
        registry.putManifest(
            "multi",
            """
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
             {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":1,
              "platform":{"os":"linux","architecture":"s390x"}},
             {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":1,
              "platform":{"os":"linux","architecture":"%s"}}]}
            """
                .formatted(other, mine, Manifest.architecture()));
    ImagePuller.Pulled pulled = pull(":multi", Map.of());
    assertThat(pulled.manifest().digest()).isEqualTo(mine);
    assertThat(pulled.resolved()).isEqualTo(index);
    assertThat(pulled.documents()).containsExactly(index, mine);
  }

  @Test
  void pullsByDigestAndRefusesAnotherAnswer() throws IOException {
    Digest digest = registry.put("1", CONFIG, layer);
    pull("@" + digest, Map.of());
    Digest wrong = Digest.of("something else");
    registry.manifests.put(wrong.toString(), registry.manifests.get("1"));
    assertThatThrownBy(() -> pull("@" + wrong, Map.of())).hasMessageContaining("digest");
  }

  @Test
  void readsChallenges() {
    List<Challenge> challenges =
        Challenge.parse(
            List.of(
                "Basic realm=\"a, b\", Bearer"
                    + " realm=\"https://x/t\",service=s,scope=\"r:x:pull,push\""));
    assertThat(challenges).hasSize(2);
    assertThat(challenges.get(0).get("realm")).isEqualTo("a, b");
    assertThat(challenges.get(1).scheme()).isEqualTo("bearer");
    assertThat(challenges.get(1).get("scope")).isEqualTo("r:x:pull,push");
  }
}
