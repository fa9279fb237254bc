package dev.mokha.engine;

import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.LayerSession;
import dev.mokha.engine.images.NewImage;
import dev.mokha.engine.images.Progress;
import dev.mokha.engine.images.PruneFilter;
import dev.mokha.engine.images.PullOptions;
import dev.mokha.engine.images.WorkTree;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** A daemon to be killed: does everything that can be done to images, in no order, without end. */
final class ImageWorker {
  private ImageWorker() {}

  /** Data directory, run directory, cgroup, an archive, a registry that has team/app:1, a seed. */
  public static void main(String[] args) throws Exception {
    EngineConfig config =
        new EngineConfig(Path.of(args[0]), Path.of(args[1]), args[2], Map.of(), List.of());
    Path archive = Path.of(args[3]);
    String registry = args[4];
    Random random = new Random(Long.parseLong(args[5]));
    Images images = Engine.open(config).images();
    System.out.println("ready");
    System.out.flush();
    while (true) {
      switch (random.nextInt(6)) {
        case 0 -> {
          try (InputStream in = Files.newInputStream(archive)) {
            images.load(in, Progress.NONE);
          }
        }
        case 1 -> images.pull(registry + "/team/app:1", PullOptions.DEFAULT);
        case 2 -> build(images, registry, random);
        case 3 -> {
          String name = registry + "/built/app:" + random.nextInt(3);
          if (images.find(name).isPresent()) {
            images.push(name, PullOptions.DEFAULT);
          }
        }
        case 4 -> {
          List<Image> all = images.list();
          if (!all.isEmpty()) {
            images.remove(all.get(random.nextInt(all.size())).id());
          }
        }
        default -> images.prune(PruneFilter.DANGLING);
      }
      if (!images.list().isEmpty()) {
        System.out.println("has images");
        System.out.flush();
      }
    }
  }

  private static void build(Images images, String registry, Random random) throws Exception {
    List<Image> bases = images.list();
    try (LayerSession session = images.layers()) {
      List<String> layers = new ArrayList<>();
      var configuration =
          tools.jackson.databind.json.JsonMapper.shared()
              .createObjectNode()
              .put("architecture", "amd64")
              .put("os", "linux");
      String parent = "";
      if (!bases.isEmpty() && random.nextBoolean()) {
        Image base = session.hold(bases.get(random.nextInt(bases.size())).id());
        if (base.layers().size() < 8) {
          layers.addAll(base.layers());
          parent = base.id();
        }
      }
      try (WorkTree tree = session.mount(layers)) {
        byte[] bytes = new byte[1 + random.nextInt(200_000)];
        random.nextBytes(bytes);
        Files.write(tree.root().resolve("file-" + random.nextInt(4)), bytes);
        layers.add(tree.commit(Optional.empty()).diffId());
      }
      session.create(
          new NewImage(
              configuration,
              layers,
              List.of(registry + "/built/app:" + random.nextInt(3)),
              parent));
    }
  }
}
