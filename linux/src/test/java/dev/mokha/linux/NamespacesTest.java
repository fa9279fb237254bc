package dev.mokha.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.linux.Namespaces.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NamespacesTest {
  @TempDir Path directory;

  @BeforeEach
  void root() {
    Root.required();
  }

  @AfterEach
  void clean() {
    Mounts.unmountTree(directory);
  }

  @Test
  void pinnedOnesOutliveTheirThread() {
    Path net = directory.resolve("net");
    Path uts = directory.resolve("uts");
    String before = Namespaces.current(Kind.NET);
    String inside =
        Namespaces.create(
            Map.of(Kind.NET, net, Kind.UTS, uts),
            () -> {
              Namespaces.setHostname("in-here");
              return Namespaces.current(Kind.NET);
            });
    assertThat(inside).isNotEqualTo(before);
    assertThat(Namespaces.current(Kind.NET)).isEqualTo(before);
    assertThat(Namespaces.isPinned(net)).isTrue();
    assertThat(Namespaces.call(Map.of(Kind.NET, net), () -> Namespaces.current(Kind.NET)))
        .isEqualTo(inside);
    assertThat(
            Namespaces.call(
                Map.of(Kind.UTS, uts),
                () -> Files.readString(Path.of("/proc/sys/kernel/hostname"))))
        .isEqualTo("in-here\n");
    Namespaces.unpin(net);
    assertThat(net).doesNotExist();
    assertThat(Namespaces.isPinned(net)).isFalse();
  }

  @Test
  void nothingStaysPinnedWhenTheWorkFails() {
    Path net = directory.resolve("net");
    assertThatThrownBy(
            () ->
                Namespaces.create(
                    Map.of(Kind.NET, net),
                    () -> {
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");
    assertThat(net).doesNotExist();
  }

  @Test
  void newOnesAreEmpty() {
    List<String> links =
        Namespaces.callInNew(
            List.of(Kind.NET),
            () ->
                Files.readAllLines(Path.of("/proc/thread-self/net/dev")).stream().skip(2).toList());
    assertThat(links).isNotEmpty().allMatch(line -> !line.contains("eth"));
  }
}
