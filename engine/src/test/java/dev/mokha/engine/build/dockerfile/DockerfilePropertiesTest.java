package dev.mokha.engine.build.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.engine.build.BuildException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class DockerfilePropertiesTest {
  @Provide
  Arbitrary<String> soup() {
    return Arbitraries.of(
            "FROM x",
            "RUN ",
            "COPY ",
            "<<EOF",
            "EOF",
            "\n",
            " ",
            "\\\n",
            "\"",
            "'",
            "[",
            "]",
            "$",
            "{",
            "}",
            "--mount=",
            "type=cache",
            ",",
            "ENV a=",
            "# ",
            "escape=`",
            "ONBUILD ",
            "HEALTHCHECK ",
            "--interval=",
            "\t",
            "\r\n",
            "\u0000",
            "ä",
            "`",
            "=",
            "LABEL ")
        .list()
        .ofMaxSize(40)
        .map(parts -> String.join("", parts));
  }

  @Property(tries = 2000)
  void anythingIsReadOrRefusedWithALine(@ForAll("soup") String text) {
    try {
      Dockerfile file =
          Dockerfile.parse(("FROM a\n" + text).getBytes(StandardCharsets.UTF_8), "Dockerfile");
      assertThat(file.stages()).isNotEmpty();
    } catch (BuildException e) {
      assertThat(e.line()).isBetween(1, 2 + (int) text.chars().filter(c -> c == '\n').count());
    }
  }

  @Property(tries = 300)
  void anInstructionKnowsItsLine(
      @ForAll("blanks") List<String> before, @ForAll("blanks") List<String> within) {
    String text =
        "FROM a\n"
            + before.stream().collect(Collectors.joining())
            + "RUN one \\\n"
            + within.stream().collect(Collectors.joining())
            + "two\nCMD x\n";
    List<Instruction> all =
        Dockerfile.parse(text.getBytes(StandardCharsets.UTF_8), "Dockerfile")
            .stages()
            .getFirst()
            .instructions();
    assertThat(all).hasSize(2);
    assertThat(all.getFirst().source().line()).isEqualTo(2 + before.size());
    assertThat(all.getFirst().source().text()).isEqualTo("RUN one two");
    assertThat(all.getLast().source().line()).isEqualTo(4 + before.size() + within.size());
  }

  @Provide
  Arbitrary<List<String>> blanks() {
    return Arbitraries.of("\n", "  \n", "# comment\n", "   # more \\\n").list().ofMaxSize(6);
  }
}
