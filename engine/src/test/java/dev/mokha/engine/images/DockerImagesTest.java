package dev.mokha.engine.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.TestEngine;
import dev.mokha.engine.containers.Container;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What Docker's commands on images need of them. */
@Timeout(120)
class DockerImagesTest {
  @AutoClose private TestEngine test;
  private Images images;
  private final List<ImageEvent> events = new CopyOnWriteArrayList<>();

  @BeforeEach
  void open() {
    test = TestEngine.withBusybox();
    images = test.engine().images();
    images.onChange(events::add);
  }

  private static ObjectNode config() {
    ObjectNode config = JsonMapper.shared().createObjectNode();
    config.putArray("Cmd").add("sh");
    config.putObject("Healthcheck").putArray("Test").add("NONE");
    return config;
  }

  private Image build(String name, String parent, String file) throws IOException {
    try (LayerSession session = images.layers()) {
      Image base = session.hold(parent);
      ObjectNode configuration = images.inspect(parent).configuration();
      configuration.withArrayProperty("history").addObject().put("created_by", "RUN " + file);
      List<String> layers = new ArrayList<>(base.layers());
      try (WorkTree tree = session.mount(layers)) {
        Files.writeString(tree.root().resolve(file), file);
        layers.add(tree.commit(Optional.empty()).diffId());
      }
      return session.create(
          new NewImage(
              configuration, layers, name.isEmpty() ? List.of() : List.of(name), base.id()));
    }
  }

  private Set<String> paths(byte[] tar) throws IOException {
    Set<String> names = new HashSet<>();
    try (TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
      for (TarArchiveEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
        names.add(e.getName());
      }
    }
    return names;
  }

  @Test
  void aNameIsTakenAwayAndTheLastOneTakesTheImage() {
    Image image = images.tag("busybox:test", "other:2");
    assertThat(images.delete("other:2", false, true))
        .containsExactly(new Removal.Untagged("docker.io/library/other:2", image.id()));
    images.tag("busybox:test", "other:2");
    assertThatThrownBy(() -> images.delete(image.id(), false, true))
        .hasMessage(
            "conflict: unable to delete "
                + image.id().substring(7, 19)
                + " (must be forced) - image is referenced in multiple repositories");
    List<Removal> gone = images.delete(image.id().substring(7, 19), true, true);
    assertThat(gone)
        .containsExactly(
            new Removal.Untagged("docker.io/library/busybox:test", image.id()),
            new Removal.Untagged("docker.io/library/other:2", image.id()),
            new Removal.Deleted(image.id(), true),
            new Removal.Deleted(image.layers().getFirst(), false));
    assertThat(images.list()).isEmpty();
    assertThat(events.getLast().action()).isEqualTo(ImageEvent.Action.DELETE);
    assertThatThrownBy(() -> images.delete("busybox:test", true, true))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(EngineException.Code.NOT_FOUND));
  }

  @Test
  void whatContainersUseIsKeptFromRemovalAsDockerDoes() {
    Container container = test.run("sleep", "1000");
    Image image = images.find("busybox:test").orElseThrow();
    String brief = image.id().substring(7, 19);
    String user = container.id().substring(0, 12);
    assertThatThrownBy(() -> images.delete("busybox:test", false, true))
        .hasMessage(
            "conflict: unable to remove repository reference \"busybox:test\" (must force) -"
                + " container "
                + user
                + " is using its referenced image "
                + brief);
    assertThatThrownBy(() -> images.delete(brief, true, true))
        .hasMessage(
            "conflict: unable to delete "
                + brief
                + " (cannot be forced) - image is being used by running container "
                + user);
    assertThat(images.delete("busybox:test", true, true)).hasSize(1);
    assertThat(images.find(image.id())).isPresent();
    container.remove();
    assertThat(images.delete(brief, false, true)).hasSize(2);
  }

  @Test
  void parentsStayForTheirChildrenAndGoWithThem() throws IOException {
    Image middle = build("", "busybox:test", "one");
    Image top = build("top:1", middle.id(), "two");
    assertThat(images.children(middle.id())).containsExactly(top.id());
    assertThatThrownBy(() -> images.delete(middle.id(), true, true))
        .hasMessageEndingWith("(cannot be forced) - image has dependent child images");
    assertThat(images.prune(PruneFilter.DANGLING).removals()).isEmpty();
    assertThat(images.history("top:1"))
        .first()
        .satisfies(
            step -> {
              assertThat(step.id()).isEqualTo(top.id());
              assertThat(step.createdBy()).isEqualTo("RUN two");
              assertThat(step.size()).isEqualTo(3);
              assertThat(step.tags()).containsExactly("docker.io/library/top:1");
            });
    assertThat(images.history("top:1").get(1).id()).isEqualTo(middle.id());
    assertThat(images.delete("top:1", false, true))
        .extracting(Removal::getClass)
        .containsExactly(
            Removal.Untagged.class, // the name, image and layer of the top
            Removal.Deleted.class,
            Removal.Deleted.class,
            Removal.Deleted.class, // image and layer of the middle
            Removal.Deleted.class);
    assertThat(images.list()).hasSize(1);
  }

  @Test
  void prunesByFilter() throws IOException {
    Image nameless = build("", "busybox:test", "x");
    assertThat(
            images
                .prune(new PruneFilter(true, Optional.empty(), Map.of("a", ""), Map.of()))
                .removals())
        .isEmpty();
    assertThat(images.prune(PruneFilter.DANGLING).removals())
        .contains(new Removal.Deleted(nameless.id(), true));
    Container container = test.run("sleep", "1000");
    PruneFilter all = new PruneFilter(false, Optional.empty(), Map.of(), Map.of());
    assertThat(images.prune(all).removals()).isEmpty();
    container.remove();
    assertThat(images.prune(all).bytes()).isGreaterThan(1_000_000);
    assertThat(images.list()).isEmpty();
  }

  @Test
  void savedImagesLoadHereAndElsewhere() throws Exception {
    Image built = build("app:1", "busybox:test", "file");
    images.tag("app:1", "app:2");
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    images.save(List.of("app", "busybox:test"), archive);
    assertThat(paths(archive.toByteArray()))
        .contains("index.json", "manifest.json", "repositories", "oci-layout");
    for (String name : List.of("app:1", "app:2", "busybox:test")) {
      images.delete(name, false, true);
    }
    assertThat(images.list()).isEmpty();
    List<Loaded> loaded =
        images.load(new ByteArrayInputStream(archive.toByteArray()), Progress.NONE);
    assertThat(loaded)
        .hasSize(2)
        .anySatisfy(
            one -> {
              assertThat(one.image().id()).isEqualTo(built.id());
              assertThat(one.references())
                  .containsExactly("docker.io/library/app:1", "docker.io/library/app:2");
            });
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    images.save(List.of("app:1"), again);
    assumeTrue(Files.exists(Path.of("/usr/bin/skopeo")), "the rest needs skopeo");
    Path file = test.scratch().resolve("saved.tar");
    Files.write(file, archive.toByteArray());
    skopeo("docker-archive:" + file + ":app:2", "dir:" + test.scratch().resolve("one"));
    Files.write(file, again.toByteArray());
    skopeo("oci-archive:" + file, "dir:" + test.scratch().resolve("two"));
  }

  private static void skopeo(String from, String to) throws Exception {
    Process process =
        new ProcessBuilder("skopeo", "copy", "-q", from, to).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(said).isZero();
  }

  @Test
  void aLoadThatTakesANameSaysFromWhom() throws IOException {
    Image first = images.find("busybox:test").orElseThrow();
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    images.save(List.of("busybox:test"), archive);
    Image other = build("busybox:test", first.id(), "y");
    List<Loaded> loaded =
        images.load(new ByteArrayInputStream(archive.toByteArray()), Progress.NONE);
    assertThat(loaded.getFirst().renamed())
        .containsEntry("docker.io/library/busybox:test", other.id());
  }

  @Test
  void commitMakesAnImageOfWhatAContainerWrote() throws Exception {
    Container container = test.run("sh", "-c", "echo x > /made; rm /bin/yes; sleep 1000");
    Path upper = test.config().dataDir().resolve("snapshots/containers").resolve(container.id());
    while (!Files.exists(upper.resolve("upper/bin/yes"), java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      Thread.onSpinWait();
    }
    assertThat(images.changes(container.id()))
        .containsExactly(
            new FileChange(FileChange.Kind.MODIFIED, "/bin"),
            new FileChange(FileChange.Kind.DELETED, "/bin/yes"),
            new FileChange(FileChange.Kind.ADDED, "/made"));
    Image committed =
        images.commit(
            new CommitSpec(container.id(), "made:1", "me", "why", "sh -c something", config()));
    ImageDetails details = images.inspect("made:1");
    assertThat(details.author()).isEqualTo("me");
    assertThat(details.comment()).isEqualTo("why");
    assertThat(details.configuration().path("config").has("Healthcheck")).isTrue();
    assertThat(details.parent()).isEqualTo(images.find("busybox:test").orElseThrow().id());
    assertThat(images.history("made:1").getFirst().createdBy()).isEqualTo("sh -c something");
    container.remove();
    Container next =
        test.engine()
            .containers()
            .create(
                test.spec("sh", "-c", "test -e /made && ! test -e /bin/yes")
                    .image(committed.id())
                    .build());
    next.start();
    assertThat(next.awaitExit()).isZero();
  }

  @Test
  void aRootIsExportedAndImported() throws Exception {
    Path root = Files.createDirectories(test.scratch().resolve("root/etc"));
    Files.writeString(root.resolve("name"), "value");
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    images.exportRoot(root.getParent(), tar);
    assertThat(paths(tar.toByteArray())).containsExactlyInAnyOrder("etc/", "etc/name");
    Image image =
        images.importRoot(
            new ByteArrayInputStream(tar.toByteArray()),
            new ImportSpec("imported:1", "from somewhere", "linux/arm64/v8", config()));
    ImageDetails details = images.inspect(image.id());
    assertThat(details.architecture()).isEqualTo("arm64");
    assertThat(details.variant()).isEqualTo("v8");
    assertThat(details.comment()).isEqualTo("from somewhere");
    assertThat(image.size()).isEqualTo(5);
    assertThat(images.usage().images()).hasSize(2);
  }

  @Test
  void sharedLayersCountOnce() throws IOException {
    Image base = images.find("busybox:test").orElseThrow();
    build("one:1", "busybox:test", "one");
    ImageUsage usage = images.usage();
    assertThat(usage.layers()).isEqualTo(base.size() + 3);
    assertThat(usage.images()).allSatisfy(part -> assertThat(part.shared()).isEqualTo(base.size()));
  }
}
