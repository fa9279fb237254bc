package dev.mokha.engine.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.Engine;
import dev.mokha.engine.EngineConfig;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.TestEngine;
import dev.mokha.engine.containers.Container;
import dev.mokha.engine.content.ContentStore;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.images.ImagePolicy;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.Progress;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.images.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Only what the policy allows is pulled. */
@Timeout(60)
class ImagePolicyTest {
  @TempDir Path directory;
  private FakeRegistry registry;
  private Digest manifest;

  @BeforeEach
  void open() {
    registry = new FakeRegistry();
    manifest =
        registry.put(
            "1",
            "{\"rootfs\":{\"diff_ids\":[]}}".getBytes(StandardCharsets.UTF_8),
            "layer".getBytes(StandardCharsets.UTF_8));
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private void pull(ImagePolicy policy) throws Exception {
    EngineConfig config =
        new EngineConfig(directory, directory, "/unused", Map.of(), List.of())
            .withImagePolicy(policy);
    ContentStore content = new ContentStore(Files.createTempDirectory(directory, "content"));
    try (Leases.Lease lease = new Leases().take()) {
      ImagePuller.Pulled pulled =
          new ImagePuller(new Registries(config), content)
              .pull(Reference.parse(registry.host() + "/team/app:1"), PullOptions.DEFAULT, lease);
      assertThat(pulled.manifest().digest()).isEqualTo(manifest);
    }
  }

  private static KeyPair keys(String algorithm) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    if (algorithm.equals("EC")) {
      generator.initialize(256);
    }
    return generator.generateKeyPair();
  }

  /** Signs as cosign does; the digest of the signature's manifest. */
  private String sign(KeyPair keys, Digest signed, String tag) throws Exception {
    byte[] payload =
        """
        {"critical":{"identity":{"docker-reference":"x"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}\
        """
            .formatted(signed)
            .getBytes(StandardCharsets.UTF_8);
    Signature signer =
        Signature.getInstance(
            keys.getPrivate().getAlgorithm().equals("EC") ? "SHA256withECDSA" : "Ed25519");
    signer.initSign(keys.getPrivate());
    signer.update(payload);
    registry.blobs.put(Digest.of(payload).toString(), payload);
    return registry
        .putManifest(
            tag,
            """
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
             "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":2},
             "layers":[{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","digest":"%s",
               "size":%d,"annotations":{"dev.cosignproject.cosign/signature":"%s"}}]}
            """
                .formatted(
                    Digest.of("{}"),
                    Digest.of(payload),
                    payload.length,
                    Base64.getEncoder().encodeToString(signer.sign())))
        .toString();
  }

  private String beside() {
    return "sha256-" + manifest.hex() + ".sig";
  }

  @Test
  void onlyNamedRegistriesAreAsked() throws Exception {
    pull(new ImagePolicy(List.of(ImagePolicy.allowed(registry.host() + "/team/*"))));
    assertThatThrownBy(() -> pull(new ImagePolicy(List.of(ImagePolicy.allowed("docker.io/*")))))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(EngineException.Code.UNAUTHORIZED))
        .hasMessageContaining("does not allow images from " + registry.host());
    assertThatThrownBy(
            () -> pull(new ImagePolicy(List.of(ImagePolicy.allowed(registry.host() + "/team")))))
        .hasMessageContaining("does not allow");
  }

  @Test
  void aSignatureOfATrustedKeyIsWanted() throws Exception {
    for (String algorithm : List.of("EC", "Ed25519")) {
      KeyPair keys = keys(algorithm);
      ImagePolicy policy = new ImagePolicy(List.of(ImagePolicy.signed("*", keys.getPublic())));
      registry.manifests.remove(beside());
      assertThatThrownBy(() -> pull(policy)).hasMessageContaining("it has no signature");
      sign(keys(algorithm), manifest, beside());
      assertThatThrownBy(() -> pull(policy)).hasMessageContaining("none of its signatures");
      sign(keys, Digest.of("another image"), beside());
      assertThatThrownBy(() -> pull(policy)).hasMessageContaining("none of its signatures");
      sign(keys, manifest, beside());
      pull(policy);
    }
  }

  @Test
  void aSignatureThatRefersToTheImageCounts() throws Exception {
    KeyPair keys = keys("EC");
    String signature = sign(keys, manifest, "elsewhere");
    registry.referrers.put(
        manifest.toString(),
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
          {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":1}]}
        """
            .formatted(signature)
            .getBytes(StandardCharsets.UTF_8));
    pull(new ImagePolicy(List.of(ImagePolicy.signed("*", keys.getPublic()))));
  }

  /** A policy that is set later holds for what is here already. */
  @Test
  void whatWasPulledBeforeIsAskedAboutWhenItIsUsed() throws Exception {
    TestEngine.assumeRoot();
    byte[] layer = new byte[1024];
    manifest =
        registry.put(
            "1",
            "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"%s\"]}}"
                .formatted(Digest.of(layer))
                .getBytes(StandardCharsets.UTF_8),
            layer);
    String name = registry.host() + "/team/app:1";
    KeyPair keys = keys("EC");
    ImagePolicy signed = new ImagePolicy(List.of(ImagePolicy.signed("*", keys.getPublic())));
    ImagePolicy other = new ImagePolicy(List.of(ImagePolicy.allowed("docker.io/*")));
    ImagePolicy named = new ImagePolicy(List.of(ImagePolicy.allowed(registry.host() + "/*")));
    Path archive = directory.resolve("saved.tar");
    try (TestEngine test = TestEngine.withBusybox()) {
      Images images = test.engine().images();
      images.pull(name, PullOptions.DEFAULT);
      create(test.engine(), test, name).remove();
      test.engine().close();
      try (Engine engine = Engine.open(test.config().withImagePolicy(other))) {
        assertThatThrownBy(() -> create(engine, test, name))
            .hasMessageContaining("does not allow images from " + registry.host() + "/team/app");
        // What was loaded or built here is not asked about, whatever it is called.
        create(engine, test, TestEngine.BUSYBOX).remove();
      }
      try (Engine engine = Engine.open(test.config().withImagePolicy(named))) {
        create(engine, test, name).remove();
      }
      try (Engine engine = Engine.open(test.config().withImagePolicy(signed))) {
        String id = engine.images().find(name).orElseThrow().id();
        assertThatThrownBy(() -> create(engine, test, name))
            .isInstanceOfSatisfying(
                EngineException.class,
                e -> assertThat(e.code()).isEqualTo(EngineException.Code.UNAUTHORIZED))
            .hasMessageContaining("pull it again");
        // Neither another name nor the loss of its own makes it another image.
        engine.images().tag(name, "mine:1");
        engine.images().delete(registry.host() + "/team/app@" + manifest, false, false);
        assertThatThrownBy(() -> create(engine, test, "mine:1"))
            .hasMessageContaining("pull it again");
        assertThatThrownBy(() -> create(engine, test, id)).hasMessageContaining("pull it again");
        assertThatThrownBy(() -> engine.images().pull(name, PullOptions.DEFAULT))
            .hasMessageContaining("it has no signature");
        sign(keys, manifest, beside());
        engine.images().pull(name, PullOptions.DEFAULT);
        create(engine, test, "mine:1").remove();
      }
      // The proof is of that key, and is kept.
      try (Engine engine = Engine.open(test.config().withImagePolicy(signed))) {
        create(engine, test, name).remove();
        engine.images().export(name, archive);
      }
      ImagePolicy rotated =
          new ImagePolicy(List.of(ImagePolicy.signed("*", keys("EC").getPublic())));
      try (Engine engine = Engine.open(test.config().withImagePolicy(rotated))) {
        assertThatThrownBy(() -> create(engine, test, name)).hasMessageContaining("pull it again");
        // Loading isn't pulling: who may load vouches for what he loads.
        engine.images().importArchive(archive, "", Progress.NONE);
        create(engine, test, name).remove();
      }
      test.reopen();
    }
  }

  private static Container create(Engine engine, TestEngine test, String image) {
    return engine.containers().create(test.spec("true").build().toBuilder().image(image).build());
  }

  @Test
  void aPolicyIsReadFromAFile() throws Exception {
    KeyPair keys = keys("EC");
    Files.writeString(
        directory.resolve("team.pub"),
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(keys.getPublic().getEncoded())
            + "\n-----END PUBLIC KEY-----\n");
    Path file = directory.resolve("policy");
    Files.writeString(
        file, "# ours\nsigned " + registry.host() + "/* team.pub\n\nallow docker.io/*");
    ImagePolicy policy = ImagePolicy.read(file);
    assertThat(policy.rules()).hasSize(2);
    assertThat(policy.rules().getFirst().keys()).containsExactly(keys.getPublic());
    Files.writeString(file, "allow docker.io/*\nrefuse everything");
    assertThatThrownBy(() -> ImagePolicy.read(file)).hasMessageContaining("line 2");
    Files.writeString(file, "# nothing");
    assertThatThrownBy(() -> ImagePolicy.read(file)).hasMessageContaining("has no rule");
    assertThatThrownBy(() -> ImagePolicy.key("no key")).isInstanceOf(EngineException.class);
  }
}
