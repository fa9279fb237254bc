package dev.mokha.registry.storage;

import dev.mokha.registry.TestRegistry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;

/** A process that pushes until it is killed, and says each image that was accepted. */
final class Pusher {
  private Pusher() {}

  public static void main(String[] arguments) throws Exception {
    RegistryStorage storage = RegistryStorage.open(Path.of(arguments[0]), InstantSource.system());
    Random random = new Random(Long.parseLong(arguments[1]));
    System.out.println("ready");
    for (int i = 0; ; i++) {
      RepositoryName name = RepositoryName.parse("app" + random.nextInt(5));
      byte[] config = ("config" + arguments[1] + "-" + i).getBytes();
      byte[] layer = new byte[1 + random.nextInt(200_000)];
      random.nextBytes(layer);
      push(storage, name, config);
      push(storage, name, layer);
      byte[] document = TestRegistry.manifest(config, layer);
      Digest digest = Digest.of(Digest.SHA256, document);
      Tag tag = new Tag("t" + random.nextInt(10));
      storage.putManifest(name, ManifestDocument.parse(document, ""), digest, List.of(tag), true);
      System.out.println(name + " " + digest + " " + tag);
    }
  }

  private static void push(RegistryStorage storage, RepositoryName name, byte[] content)
      throws Exception {
    Upload upload = storage.uploads().begin(name, Digest.SHA256);
    try (Upload.Turn turn = upload.take(Duration.ofSeconds(1))) {
      turn.write(ByteBuffer.wrap(content));
      storage.finish(turn, Digest.of(Digest.SHA256, content));
    }
  }
}
