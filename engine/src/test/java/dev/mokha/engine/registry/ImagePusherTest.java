package dev.mokha.engine.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.content.MediaTypes;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.images.Pushed;
import dev.mokha.engine.images.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pushes to a registry that misbehaves. */
@Timeout(60)
class ImagePusherTest {
  @TempDir Path directory;
  private FakeRegistry registry;
  private ContentStore content;
  private Descriptor manifest;
  private Digest layer;
  private final List<String> said = new CopyOnWriteArrayList<>();

  @BeforeEach
  void open() throws Exception {
    registry = new FakeRegistry();
    content = new ContentStore(directory.resolve("content"));
    byte[] bytes = new byte[3 << 20];
    new Random(7).nextBytes(bytes);
    layer = content.write(bytes);
    byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
    byte[] json =
        Manifest.write(
            content.write(config),
            config.length,
            List.of(Descriptor.of(MediaTypes.OCI_LAYER, layer, bytes.length)));
    manifest = Descriptor.of(MediaTypes.OCI_MANIFEST, content.write(json), json.length);
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private Pushed push(Set<String> repositories) throws Exception {
    EngineConfig config = new EngineConfig(directory, directory, "/unused", Map.of(), List.of());
    return new ImagePusher(new Registries(config), content)
        .push(
            Reference.parse(registry.host() + "/team/app:1"),
            new ImagePusher.Request(manifest, List.of("layer"), repositories),
            new PullOptions(List.of(), (item, action, done, total) -> said.add(action)));
  }

  @Test
  void allOfItArrivesAndTheManifestLast() throws Exception {
    Pushed pushed = push(Set.of());
    assertThat(pushed.digest()).isEqualTo(manifest.digest().toString());
    assertThat(registry.manifests).containsKey("1").containsKey(pushed.digest());
    assertThat(registry.blobs).containsKey(layer.toString());
    assertThat(registry.requests.getLast()).isEqualTo("PUT /v2/team/app/manifests/1");
  }

  @Test
  void aBrokenUploadGoesOnWhereItEnded() throws Exception {
    registry.breakUploadAfter = 1 << 20;
    push(Set.of());
    assertThat(content.size(layer)).isEqualTo(registry.blobs.get(layer.toString()).length);
    assertThat(registry.requests.stream().filter(r -> r.startsWith("PATCH"))).hasSize(2);
  }

  @Test
  void whatAnotherRepositoryHasIsMounted() throws Exception {
    registry.mountable.add("other/app");
    push(Set.of("other/app"));
    assertThat(said).containsOnly("Mounted");
    assertThat(registry.requests.stream().filter(r -> r.startsWith("PATCH"))).isEmpty();
  }

  @Test
  void aFailingRegistryIsSaid() {
    registry.status = 403;
    assertThatThrownBy(() -> push(Set.of()))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(EngineException.Code.UNAUTHORIZED));
    assertThat(registry.manifests).isEmpty();
  }
}
