package dev.mokha.engine.build.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoPatternTest {
  @ParameterizedTest
  @CsvSource({
    "a*c, abbc, true",
    "a*c, a/c, false",
    "*, '', true",
    "?, a, true",
    "?, /, false",
    "[a-c]x, bx, true",
    "[^a-c]x, bx, false",
    "[^a-c]x, dx, true",
    "[^a], /, false",
    "[\\]a], ], true",
    "\\*, *, true",
    "\\*, a, false",
    "[x-a], m, false",
    "**/x, x, true",
    "**/x, a/b/x, true",
    "**/x, ax, false",
    "a/**, a/b/c, true",
    "a/**/b, a/b, true",
    "a/**/b, a/x/y/b, true",
    "a/**/b, ab, false",
    "**, a/b, true",
    "**/**/x, a/x, true",
    "a**b, a/x/b, true",
    "?, 😀, true",
    "[😀-😂], 😁, true"
  })
  void matchesAsGoDoes(String pattern, String path, boolean fits) {
    assertThat(GoPattern.of(pattern, true).matches(path)).isEqualTo(fits);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "[a", "[]", "[]a]", "[-a]", "[a-]", "[^]", "\\", "[\\", "a[b-"})
  void refusesWhatIsMalformed(String pattern) {
    assertThatThrownBy(() -> GoPattern.of(pattern, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("syntax error in pattern");
  }

  @Test
  @Timeout(5)
  void manyStarsCostNoMoreThanTheirNumber() {
    GoPattern deep = GoPattern.of("**/".repeat(200) + "x", true);
    String path = "a/".repeat(500);
    assertThat(deep.matches(path + "y")).isFalse();
    assertThat(deep.matches(path + "x")).isTrue();
    assertThat(GoPattern.of("*a".repeat(200) + "b", true).matches("a".repeat(2000))).isFalse();
  }

  @Provide
  Arbitrary<List<String>> parts() {
    return Arbitraries.of("*", "**", "**/", "?", "/", "a", "b", "[ab]", "[^a]").list().ofMaxSize(6);
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.strings().withChars('a', 'b', '/').ofMaxLength(8);
  }

  /** The same as a regular expression says, which takes its time. */
  @Property(tries = 2000)
  void agreesWithARegularExpression(
      @ForAll("parts") List<String> parts, @ForAll("paths") String path) {
    String pattern = String.join("", parts);
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (pattern.startsWith("**/", i)) {
        regex.append("(?:.*/)?");
        i += 2;
      } else if (pattern.startsWith("**", i)) {
        regex.append(".*");
        i++;
      } else if (c == '*') {
        regex.append("[^/]*");
      } else if (c == '?') {
        regex.append("[^/]");
      } else if (c == '[') {
        int end = pattern.indexOf(']', i);
        regex.append("(?!/)").append(pattern, i, end + 1);
        i = end;
      } else {
        regex.append(c);
      }
    }
    assertThat(GoPattern.of(pattern, true).matches(path))
        .isEqualTo(Pattern.matches(regex.toString(), path));
  }
}
