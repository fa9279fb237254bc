package dev.mokha.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;

class HelpTest {
  @TestFactory
  Stream<DynamicTest> everyCommandExplainsItself() {
    List<DynamicTest> tests = new ArrayList<>();
    collect(new CommandLine(new Main()), List.of(), tests);
    assertThat(tests).hasSizeGreaterThan(20);
    return tests.stream();
  }

  private static void collect(CommandLine command, List<String> words, List<DynamicTest> tests) {
    String name = command.getCommandSpec().qualifiedName();
    tests.add(DynamicTest.dynamicTest("mokha " + String.join(" ", words), () -> help(words, name)));
    command
        .getSubcommands()
        .forEach(
            (word, sub) ->
                collect(sub, Stream.concat(words.stream(), Stream.of(word)).toList(), tests));
  }

  private static void help(List<String> words, String name) {
    StringWriter out = new StringWriter();
    CommandLine mokha = new CommandLine(new Main()).setOut(new PrintWriter(out));
    String[] all = Stream.concat(words.stream(), Stream.of("--help")).toArray(String[]::new);
    assertThat(mokha.execute(all)).isZero();
    assertThat(out.toString()).startsWith("Usage: " + name + " ");
  }
}
