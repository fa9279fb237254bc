package dev.mokha.engine.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.TestEngine;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.Mounts;
import dev.mokha.linux.Nodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Volumes: names, users, mounts, copies, and what a daemon that was killed leaves. */
final class LocalVolumesTest {
  private Path root;
  private LocalVolumes volumes;

  @BeforeEach
  void open() throws IOException {
    TestEngine.assumeRoot();
    root = Files.createDirectories(Path.of("/var/tmp/mokha-volumes-" + UUID.randomUUID()));
    reopen();
  }

  @AfterEach
  void close() throws IOException {
    if (root != null) {
      Mounts.unmountTree(root);
      DurableFiles.delete(root);
    }
  }

  private void reopen() throws IOException {
    volumes = new LocalVolumes(root.resolve("data"), root.resolve("run"));
  }

  @Test
  void createGivesTheVolumeThatIsThere() {
    List<Boolean> heard = new ArrayList<>();
    volumes.onChange(change -> heard.add(change.created()));
    Volume first = volumes.create(new VolumeSpec("data", Map.of("a", "b"), Map.of(), false));
    Volume again = volumes.create(VolumeSpec.named("data"));
    assertThat(again).isEqualTo(first);
    assertThat(again.labels()).containsEntry("a", "b");
    assertThat(first.directory()).isDirectory().hasFileName("_data");
    assertThat(heard).containsExactly(true);
  }

  @Test
  void refusesWhatDockerRefuses() {
    assertThatThrownBy(() -> volumes.create(VolumeSpec.named("a")))
        .hasMessage(
            "create a: volume name is too short, names should be at least two alphanumeric"
                + " characters");
    assertThatThrownBy(() -> volumes.create(VolumeSpec.named("../x")))
        .hasMessageContaining("includes invalid characters for a local volume name");
    assertThatThrownBy(
            () -> volumes.create(new VolumeSpec("vol", Map.of(), Map.of("x", "y"), false)))
        .hasMessage("create vol: invalid option: \"x\"")
        .extracting(e -> ((EngineException) e).code())
        .isEqualTo(EngineException.Code.INVALID);
    assertThatThrownBy(
            () -> volumes.create(new VolumeSpec("vol", Map.of(), Map.of("type", "nfs"), false)))
        .hasMessage("create vol: missing required option: \"device\"");
    assertThatThrownBy(() -> volumes.remove("vol"))
        .hasMessage("get vol: no such volume")
        .extracting(e -> ((EngineException) e).code())
        .isEqualTo(EngineException.Code.NOT_FOUND);
    assertThat(volumes.list()).isEmpty();
  }

  @Test
  void aUsedVolumeStaysAlsoAfterTheDaemonDied() throws IOException {
    volumes.create(VolumeSpec.named("data"));
    volumes.acquire("data", "c1");
    volumes.acquire("data", "c2");
    reopen();
    assertThat(volumes.get("data").users()).containsExactly("c1", "c2");
    assertThatThrownBy(() -> volumes.remove("data"))
        .hasMessage("remove data: volume is in use - [c1, c2]")
        .extracting(e -> ((EngineException) e).code())
        .isEqualTo(EngineException.Code.CONFLICT);
    volumes.retainUsers("c2"::equals);
    assertThat(volumes.get("data").users()).containsExactly("c2");
    volumes.release("data", "c2");
    volumes.remove("data");
    assertThat(root.resolve("data")).isEmptyDirectory();
    reopen();
    assertThat(volumes.list()).isEmpty();
  }

  @Test
  void aDeviceIsMountedByTheFirstAndUnmountedAfterTheLast() throws IOException {
    Map<String, String> options = Map.of("type", "tmpfs", "device", "tmpfs", "o", "size=1m,noexec");
    Volume volume = volumes.create(new VolumeSpec("fast", Map.of(), options, false));
    volumes.acquire("fast", "c1");
    volumes.acquire("fast", "c2");
    assertThat(Mounts.find(volume.directory())).isEmpty();
    Path path = volumes.mount("fast", "c1");
    volumes.mount("fast", "c2");
    assertThat(Mounts.find(path))
        .hasValueSatisfying(m -> assertThat(m.options()).contains("noexec"));
    assertThat(Mounts.list().stream().filter(m -> m.target().equals(path))).hasSize(1);
    volumes.unmount("fast", "c1");
    reopen(); // c2 still runs
    assertThat(Mounts.find(path)).isPresent();
    volumes.release("fast", "c2");
    assertThat(Mounts.find(path)).isEmpty();
  }

  @Test
  void aMountThatNobodyNotedIsTakenAway() throws IOException {
    Map<String, String> options = Map.of("type", "tmpfs", "device", "tmpfs");
    volumes.create(new VolumeSpec("fast", Map.of(), options, false));
    volumes.acquire("fast", "c1");
    Path path = volumes.mount("fast", "c1");
    DurableFiles.delete(root.resolve("run")); // as if killed between note and mount
    reopen();
    assertThat(Mounts.find(path)).isEmpty();
  }

  @Test
  void aDirectoryOfTheHostStaysWhenTheVolumeGoes() throws IOException {
    Path host = Files.createDirectory(root.resolve("host"));
    Files.writeString(host.resolve("kept"), "x");
    Map<String, String> options =
        Map.of("type", "none", "device", host.toString(), "o", "bind,ro,rprivate");
    volumes.create(new VolumeSpec("host", Map.of(), options, false));
    volumes.acquire("host", "c1");
    Path path = volumes.mount("host", "c1");
    assertThat(path.resolve("kept")).hasContent("x");
    assertThat(Mounts.find(path)).hasValueSatisfying(m -> assertThat(m.readOnly()).isTrue());
    volumes.release("host", "c1");
    volumes.remove("host");
    assertThat(host.resolve("kept")).hasContent("x");
  }

  @Test
  void aDeviceThatIsNotThereSaysSoAndLeavesNothing() {
    Map<String, String> options = Map.of("type", "none", "device", root + "/missing", "o", "bind");
    Volume volume = volumes.create(new VolumeSpec("gone", Map.of(), options, false));
    volumes.acquire("gone", "c1");
    assertThatThrownBy(() -> volumes.mount("gone", "c1"))
        .hasMessageStartingWith("error while mounting volume '" + volume.directory() + "': failed")
        .hasMessageEndingWith("no such file or directory");
    volumes.release("gone", "c1");
    volumes.remove("gone");
    assertThat(volumes.list()).isEmpty();
  }

  @Test
  void anEmptyVolumeGetsTheImagesContentOnce() throws IOException {
    Path image = Files.createDirectories(root.resolve("image/sub"));
    Path source = image.getParent();
    Files.writeString(source.resolve("a"), "hello");
    Files.createLink(image.resolve("hard"), source.resolve("a"));
    Files.createSymbolicLink(source.resolve("link"), Path.of("/etc/passwd"));
    Nodes.fifo(source.resolve("pipe"), 0620);
    Nodes.owner(source.resolve("a"), 1234, 4321);
    Nodes.mode(source, 01777);
    volumes.create(VolumeSpec.named("data"));
    volumes.acquire("data", "c1");
    volumes.populate("data", "c1", source);
    Path data = volumes.mount("data", "c1");
    assertThat(data.resolve("a")).hasContent("hello");
    assertThat(Files.getAttribute(data.resolve("a"), "unix:uid")).isEqualTo(1234);
    assertThat(Files.isSameFile(data.resolve("a"), data.resolve("sub/hard"))).isTrue();
    assertThat(Files.readSymbolicLink(data.resolve("link"))).isEqualTo(Path.of("/etc/passwd"));
    assertThat((int) Files.getAttribute(data, "unix:mode") & 0xfff).isEqualTo(01777);
    assertThat(volumes.size("data")).isEqualTo(5);

    Files.writeString(source.resolve("late"), "x");
    volumes.populate("data", "c1", source);
    assertThat(data.resolve("late")).doesNotExist();
  }

  @Test
  void aCopyThatWasCutOffIsWorthNothing() throws IOException {
    Volume volume = volumes.create(VolumeSpec.named("data"));
    Files.writeString(volume.directory().resolve("half"), "x");
    Files.writeString(volume.directory().getParent().resolve("filling"), "");
    reopen();
    assertThat(volume.directory()).isEmptyDirectory();
  }

  @Test
  void whatWasOnItsWayInOrOutIsGoneAtTheNextStart() throws IOException {
    volumes.create(VolumeSpec.named("data"));
    Files.createDirectories(root.resolve("data/.new-1/_data"));
    Files.createDirectories(root.resolve("data/.gone-1/_data/x"));
    reopen();
    assertThat(root.resolve("data")).isDirectoryContaining("glob:**/data/data");
    try (var entries = Files.list(root.resolve("data"))) {
      assertThat(entries).hasSize(1);
    }
  }

  @Test
  void pruneTakesWhatNobodyUsesAndCountsIt() throws IOException {
    Volume unnamed = volumes.create(VolumeSpec.unnamed(Map.of(), Map.of()));
    Files.writeString(unnamed.directory().resolve("x"), "12345");
    volumes.create(VolumeSpec.named("named"));
    Volume used = volumes.create(VolumeSpec.unnamed(Map.of(), Map.of()));
    volumes.acquire(used.name(), "c1");
    Volumes.Pruned pruned = volumes.prune(Volume::anonymous);
    assertThat(pruned.names()).containsExactly(unnamed.name());
    assertThat(pruned.bytes()).isEqualTo(5);
    assertThat(volumes.list())
        .extracting(Volume::name)
        .containsExactlyInAnyOrder("named", used.name());
    assertThat(unnamed.name()).matches("[0-9a-f]{64}");
    assertThat(unnamed.labels()).containsKey("com.docker.volume.anonymous");
  }

  @Test
  void nobodyElseLooksIntoVolumes() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("data"))))
        .isEqualTo("rwx-----x");
  }
}
