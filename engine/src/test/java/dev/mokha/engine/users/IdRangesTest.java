package dev.mokha.engine.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.EngineException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which ranges are handed out. */
class IdRangesTest {
  private static final IdPool POOL = new IdPool(1_000_000, 3 * IdPool.RANGE);

  @TempDir private Path directory;

  private IdRanges open(String instance) {
    Path file = directory.resolve(instance);
    return new IdRanges(file, POOL, new MachineClaims(directory.resolve("claims"), file));
  }

  @Test
  void noRangeIsHandedOutTwiceNorAfterARestart() {
    IdRanges ranges = open("a");
    long first = ranges.take("pod/1");
    assertThat(ranges.take("pod/1")).isEqualTo(first);
    assertThat(ranges.take("pod/2")).isEqualTo(first + IdPool.RANGE);
    IdRanges again = open("a");
    assertThat(again.take("pod/3")).isEqualTo(first + 2 * IdPool.RANGE);
    assertThat(again.find("pod/1")).contains(first);
    assertThatThrownBy(() -> again.take("pod/4"))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("All 3 ranges");
    again.release("pod/2");
    assertThat(again.take("pod/4")).isEqualTo(first + IdPool.RANGE);
  }

  @Test
  void instancesOfOneMachineHaveDifferentOnes() throws Exception {
    long ours = open("a").take("pod/1");
    IdRanges other = open("b");
    long theirs = other.take("pod/1");
    assertThat(theirs).isNotEqualTo(ours);
    Files.delete(directory.resolve("a")); // that instance was wiped
    assertThat(other.take("pod/2")).isEqualTo(ours);
  }

  @Test
  void afterARebootARangeThatAnotherTookIsLeftToIt() throws Exception {
    IdRanges ours = open("a");
    long first = ours.take("pod/1");
    Files.delete(directory.resolve("claims/" + first));
    assertThat(open("b").take("pod/9")).isEqualTo(first);
    assertThat(open("a").take("pod/1")).isNotEqualTo(first);
  }

  @Test
  void aRangeOfAnEarlierPoolIsNotOverlapped() {
    long first = open("a").take("pod/1");
    Path file = directory.resolve("a");
    IdRanges moved =
        new IdRanges(
            file,
            new IdPool(first - 100, 3 * IdPool.RANGE),
            new MachineClaims(directory.resolve("claims"), file));
    assertThat(moved.take("pod/2")).isGreaterThanOrEqualTo(first + IdPool.RANGE);
  }

  @Test
  void aDamagedListIsNotTakenForAnEmptyOne() throws Exception {
    Files.writeString(directory.resolve("a"), "{");
    assertThatThrownBy(() -> open("a")).hasMessageContaining("says which ids are in use");
  }

  @Test
  void thePoolIsThatOfSubuid() throws Exception {
    Path uids = Files.writeString(directory.resolve("subuid"), "bob:1:2\nmokha:500000:655360\n");
    Path gids = Files.writeString(directory.resolve("subgid"), "mokha:500000:655360\n");
    assertThat(IdPool.of(uids, gids)).isEqualTo(new IdPool(500000, 655360));
    Path none = directory.resolve("none");
    assertThat(IdPool.of(none, none)).isEqualTo(IdPool.DEFAULT);
    assertThatThrownBy(() -> IdPool.of(uids, none)).hasMessageContaining("the same ids");
    Path small = Files.writeString(directory.resolve("small"), "mokha:500000:10\n");
    assertThatThrownBy(() -> IdPool.of(small, small)).hasMessageContaining("65536 at least");
  }
}
