package dev.mokha.engine.build.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.BuildException;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpansionTest {
  private static final Map<String, String> VALUES =
      Map.of("a", "A", "e", "", "two", "x  y", "path", "/usr/local/bin", "v", "1.2.3.tar.gz");

  private static String word(String text) {
    return Expansion.word(text, '\\', VALUES::get);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          plain            | plain
          $a               | A
          ${a}b            | Ab
          $ab.             | .
          "$a b"           | A b
          '$a'             | $a
          \\$a             | $a
          "\\$a"           | $a
          "a\\b"           | a\\b
          a\\ b            | a b
          ${u:-d}          | d
          ${e:-d}          | d
          ${a:-d}          | A
          ${u-d}           | d
          [${e-d}]         | []
          [${u:+x}]        | []
          ${a:+x}          | x
          [${e:+x}]        | []
          ${e+x}           | x
          ${u:-${a}}       | A
          ${u:-"q w"}      | q w
          ${path#*/}       | usr/local/bin
          ${path##*/}      | bin
          ${path%/*}       | /usr/local
          [${path%%/*}]    | []
          ${v%.tar.gz}     | 1.2.3
          ${v/./-}         | 1-2.3.tar.gz
          ${v//./-}        | 1-2-3-tar-gz
          ${v/?.?/x}       | x.3.tar.gz
          $                | $
          a$/b             | a$/b
          "it's"           | it's
          """)
  void expandsAsAShell(String text, String expected) {
    assertThat(word(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          ${u:?missing it} | u: missing it
          ${e:?}           | e: is not allowed to be empty
          ${u?}            | u: is not allowed to be unset
          ${a              | syntax error: missing '}'
          ${               | syntax error: bad substitution
          ${}              | syntax error: bad substitution
          ${a!}            | unsupported modifier (!) in substitution
          'b               | unexpected end of statement while looking for matching single-quote
          """)
  void refusesWithAReason(String text, String reason) {
    assertThatThrownBy(() -> word(text))
        .isInstanceOf(BuildException.class)
        .hasMessage("failed to process \"" + text + "\": " + reason);
  }

  @Test
  void splitsWhatVariablesLeave() {
    assertThat(Expansion.words("$two \"$two\" z", '\\', VALUES::get))
        .isEqualTo(List.of("x", "y", "x  y", "z"));
  }

  @Test
  void quotesMeanNothingInDocuments() {
    assertThat(Expansion.document("it's \"$a\" \\$a \\n\n", '\\', VALUES::get))
        .isEqualTo("it's \"A\" $a \\n\n");
  }

  @Test
  void doesNotRecurseWithoutEnd() {
    assertThatThrownBy(() -> word("${u:-".repeat(10_000)))
        .isInstanceOf(BuildException.class)
        .hasMessageContaining("nested too deeply");
  }

  @Property(tries = 500)
  void singleQuotesKeepEverything(@ForAll @StringLength(max = 30) String text) {
    String quoted = "'" + text.replace("'", "") + "'";
    assertThat(word(quoted)).isEqualTo(text.replace("'", ""));
  }

  @Property(tries = 500)
  void aDefaultIsTakenForWhatIsNotSet(
      @ForAll @AlphaChars @StringLength(min = 1, max = 9) String name,
      @ForAll @AlphaChars @StringLength(max = 9) String value) {
    assertThat(Expansion.word("${" + name + ":-" + value + "}", '\\', n -> null)).isEqualTo(value);
    assertThat(Expansion.word("<${" + name + "}>", '\\', n -> value)).isEqualTo("<" + value + ">");
  }
}
