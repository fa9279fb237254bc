package dev.mokha.docker.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.docker.http.DockerException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import org.junit.jupiter.api.Test;

/** The keys by which a terminal is let go. */
final class DetachKeysTest {
  private static String passed(DetachKeys keys, String typed, boolean detaches) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean was =
        keys.copy(new ByteArrayInputStream(typed.getBytes(StandardCharsets.ISO_8859_1)), out);
    assertThat(was).isEqualTo(detaches);
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  @Test
  void areTheUsualOnesOrWhatWasAskedFor() throws IOException {
    assertThat(passed(DetachKeys.parse(""), "ls\n\u0010\u0011rm", true)).isEqualTo("ls\n");
    assertThat(passed(DetachKeys.parse(""), "a\u0010b", false)).isEqualTo("a\u0010b");
    assertThat(passed(DetachKeys.parse("ctrl-a,d"), "xx\u0001\u0001d", true)).isEqualTo("xx\u0001");
    assertThat(passed(DetachKeys.parse("x"), "abxc", true)).isEqualTo("ab");
  }

  @Test
  void mustExist() {
    assertThatThrownBy(() -> DetachKeys.parse("ctrl-1"))
        .isInstanceOf(DockerException.class)
        .hasMessageContaining("Invalid escape keys (ctrl-1) provided");
  }

  @Property(tries = 300)
  void whatIsNotTheKeysPassesAsItIs(@ForAll @CharRange(from = 'a', to = 'd') String typed)
      throws IOException {
    int at = typed.indexOf("ab");
    String before = at < 0 ? typed : typed.substring(0, at);
    String passed = passed(DetachKeys.parse("a,b"), typed, at >= 0);
    // A first key at the very end is held back: the second may follow.
    assertThat(passed)
        .isIn(before, before.endsWith("a") ? before.substring(0, before.length() - 1) : before);
  }
}
