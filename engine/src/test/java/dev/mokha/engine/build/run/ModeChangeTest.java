package dev.mokha.engine.build.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.BuildException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModeChangeTest {
  /** What dockerd 28.5 makes of 644 and 755 files, and of a directory of 700. */
  @ParameterizedTest
  @CsvSource({
    "u=rwX go=rX, 644, 755, 755",
    "+w, 666, 777, 722",
    "-x, 644, 644, 600",
    "+X, 644, 755, 711",
    "o-rwx, 640, 750, 700",
    "g=u, 664, 775, 770",
    "ug+s, 6644, 6755, 6700",
    "+t, 1644, 1755, 1700",
    "=, 0, 0, 0",
    "u+x g-r, 704, 715, 700",
    "go=, 600, 700, 700",
    "a=rw, 666, 666, 666",
    "u=rw +x, 755, 755, 711",
    "1777, 1777, 1777, 1777",
    "u=g, 444, 555, 0",
    "g+w-r, 624, 735, 720",
  })
  void changesBits(String change, String file, String program, String directory) {
    ModeChange mode = ModeChange.parse(change.replace(' ', ','));
    assertThat(Integer.toOctalString(mode.apply(0644, false))).isEqualTo(file);
    assertThat(Integer.toOctalString(mode.apply(0755, false))).isEqualTo(program);
    assertThat(Integer.toOctalString(mode.apply(0700, true))).isEqualTo(directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"foo", "999", "8", "77777", "u", "u=q", "u=r,", "u=rw go=r"})
  void refusesWhatIsNoMode(String text) {
    assertThatThrownBy(() -> ModeChange.parse(text))
        .isInstanceOf(BuildException.class)
        .hasMessageContaining("invalid chmod parameter: '" + text + "'");
  }
}
