package dev.mokha.cel;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldNamesTest {
  @ParameterizedTest
  @CsvSource({
    "name, name",
    "namespace, __namespace__",
    "a-b, a__dash__b",
    "a.b/c, a__dot__b__slash__c",
    "a__b, a__underscores__b",
    "a_b, a_b",
    "in, __in__"
  })
  void escapesWhatIsNoIdentifier(String json, String escaped) {
    assertThat(FieldNames.escape(json)).contains(escaped);
  }

  @ParameterizedTest
  @CsvSource({"1a", "a b", "a$", "\u00fc"})
  void someNamesCanNotBeWritten(String json) {
    assertThat(FieldNames.escape(json)).isEmpty();
  }

  @Property
  void unescapingGivesTheNameBack(
      @ForAll @AlphaChars @Chars({'-', '.', '/'}) @StringLength(min = 1, max = 12) String name) {
    FieldNames.escape(name).ifPresent(e -> assertThat(FieldNames.unescape(e)).isEqualTo(name));
  }
}
