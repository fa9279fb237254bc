package dev.mokha.engine.build.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.dockerfile.Instruction.Command;
import dev.mokha.engine.build.dockerfile.Instruction.Pair;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerfileTest {
  private static Dockerfile parse(String text) {
    return Dockerfile.parse(text.getBytes(StandardCharsets.UTF_8), "Dockerfile");
  }

  /** The only instruction behind a FROM. */
  private static Instruction one(String text) {
    List<Instruction> all = parse("FROM x\n" + text).stages().getFirst().instructions();
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          FOO bar                             | unknown instruction: FOO (did you mean FROM?)
          RUNN bar                            | unknown instruction: RUNN (did you mean RUN?)
          XYZZY                               | unknown instruction: XYZZY
          FROM                                | FROM requires either one or three arguments
          FROM a b c                          | FROM requires either one or three arguments
          FROM busybox AS 1a                  | invalid name for build stage: "1a", name can't start with a number or contain symbols
          FROM --foo=1 busybox                | unknown flag: --foo
          ENV                                 | ENV requires at least one argument
          ENV A                               | ENV must have two arguments
          ENV A=1 b                           | Syntax error - can't find = in "b". Must be of the form: name=value
          ENV =1                              | ENV names can not be blank
          LABEL a                             | LABEL must have two arguments
          COPY a                              | COPY requires at least two arguments, but only one was provided. Destination could not be determined
          COPY                                | COPY requires at least two arguments, but only one was provided. Destination could not be determined
          COPY --from=x --from=y a b          | duplicate flag specified: --from
          COPY --from=$x a b                  | variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround
          RUN --security=foo x                | security "foo" is not supported
          RUN --mount=type=bind x             | invalid mount target "/"
          RUN --mount=type=cache,target=/ x   | invalid mount target "/"
          RUN --mount=type=bind,target=/x,sharing=shared x  | invalid cache sharing set for bind mount
          RUN --mount=type=cache,target=/x,size=1 x         | unexpected key 'size' for mount type 'cache'
          RUN --mount=type=cache,target=/x,required x       | unexpected key 'required' for mount type 'cache'
          RUN --mount=type=cache,target=/x,from=$x x        | 'from' doesn't support variable expansion, define alias stage instead
          RUN --mount=type=cache,target=/x,ro=maybe x       | invalid value for ro: maybe
          RUN --mount=type=tmpfs,target=/x,size=1q x        | invalid value for size: 1q
          RUN --mount=type=secret x                         | invalid secret mount. one of source, target required
          COPY --foo=bar a b                  | unknown flag: --foo (did you mean from?)
          COPY --link=x a b                   | expecting boolean value for flag --link, not: x
          ADD --checksum a b                  | missing a value on flag: --checksum
          EXPOSE                              | EXPOSE requires at least one argument
          USER                                | USER requires exactly one argument
          WORKDIR                             | WORKDIR requires exactly one argument
          MAINTAINER                          | MAINTAINER requires exactly one argument
          VOLUME                              | VOLUME requires at least one argument
          VOLUME [""]                         | VOLUME specified can not be an empty string
          SHELL foo                           | SHELL requires the arguments to be in JSON form
          SHELL []                            | SHELL requires at least one argument
          HEALTHCHECK foo                     | Unknown type "FOO" in HEALTHCHECK (try CMD)
          HEALTHCHECK                         | HEALTHCHECK requires at least one argument
          HEALTHCHECK CMD                     | Missing command after HEALTHCHECK CMD
          HEALTHCHECK --interval=1x CMD a     | time: unknown unit "x" in duration "1x"
          HEALTHCHECK --interval=5 CMD a      | time: missing unit in duration "5"
          HEALTHCHECK NONE x                  | HEALTHCHECK NONE takes no arguments
          ONBUILD                             | ONBUILD requires at least one argument
          ONBUILD FROM x                      | FROM isn't allowed as an ONBUILD trigger
          ONBUILD ONBUILD x                   | Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed
          ONBUILD FOO x                       | unknown instruction: FOO (did you mean FROM?)
          ARG                                 | ARG requires at least one argument
          ARG =a                              | ARG names can not be blank
          RUN --network=foo echo              | invalid network mode "foo"
          RUN --mount type=cache echo         | missing a value on flag: --mount
          RUN --mount=type=foo,target=/x echo | unsupported mount type "foo"
          RUN --mount=cache,target=/x echo    | invalid field 'cache' must be a key=value pair
          CMD ["a", 1]                        | when using JSON array syntax, arrays must be comprised of strings only
          """)
  void refusesWithLineAndReason(String text, String reason) {
    assertThatThrownBy(() -> parse("FROM busybox\n\n# note\n" + text + "\n"))
        .isInstanceOf(BuildException.class)
        .hasMessage("dockerfile parse error on line 4: " + reason)
        .extracting(e -> ((BuildException) e).line())
        .isEqualTo(4);
  }

  @Test
  void refusesWhatIsNoDockerfileAtAll() {
    assertThatThrownBy(() -> parse("")).hasMessage("the Dockerfile (Dockerfile) cannot be empty");
    assertThatThrownBy(() -> parse("# nothing\n\n"))
        .hasMessage("failed to parse Dockerfile: file with no instructions");
    assertThatThrownBy(() -> parse("ARG A\n")).hasMessage("no build stage in current context");
    assertThatThrownBy(() -> parse("RUN a\nFROM b\n"))
        .hasMessage("dockerfile parse error on line 1: no build stage in current context");
    assertThatThrownBy(() -> parse("FROM a\nRUN <<EOF\nfoo\n"))
        .hasMessage("dockerfile parse error on line 2: unterminated heredoc");
    assertThatThrownBy(() -> parse("# escape=x\nFROM a\n"))
        .hasMessage(
            "dockerfile parse error on line 1: invalid escape token 'x' does not match ` or \\");
    assertThatThrownBy(() -> parse("# escape=`\n# escape=`\nFROM a\n"))
        .hasMessageContaining("line 2: only one escape parser directive can be used");
  }

  @Test
  void joinsLinesAndSkipsCommentsWithinThem() {
    var run = (Instruction.Run) one("RUN a && \\  \n   # not this\n\n  b \\\\\n");
    assertThat(run.command()).isEqualTo(new Command(true, List.of("a &&   b \\\\")));
    assertThat(run.source().line()).isEqualTo(2);
  }

  @Test
  void theEscapeCharacterMayBeABacktick() {
    Dockerfile file =
        parse("\uFEFF# syntax=docker/dockerfile:1\n# escape=`\nFROM x\r\nRUN a `\r\n b\n");
    assertThat(file.escape()).isEqualTo('`');
    assertThat(
            ((Instruction.Run) file.stages().getFirst().instructions().getFirst())
                .command()
                .words())
        .containsExactly("a  b");
  }

  @Test
  void tellsJsonFromShell() {
    assertThat(((Instruction.Cmd) one("CMD [\"a\", \"b c\"]")).command())
        .isEqualTo(new Command(false, List.of("a", "b c")));
    assertThat(((Instruction.Cmd) one("CMD ['a', 'b']")).command())
        .isEqualTo(new Command(true, List.of("['a', 'b']")));
    assertThat(((Instruction.Run) one("RUN [ -e /x ] || true")).command().shell()).isTrue();
    assertThat(((Instruction.Copy) one("COPY [\"a b\", \"c\", \"/d/\"]")).sources())
        .containsExactly("a b", "c");
  }

  @Test
  void readsNamesAndValues() {
    assertThat(((Instruction.Env) one("ENV a=1 b=\"x y\" c=x\\ y d='$z'")).pairs())
        .containsExactly(
            new Pair("a", "1"),
            new Pair("b", "\"x y\""),
            new Pair("c", "x\\ y"),
            new Pair("d", "'$z'"));
    assertThat(((Instruction.Env) one("ENV old  with = spaces")).pairs())
        .containsExactly(new Pair("old", "with = spaces"));
    assertThat(((Instruction.Arg) one("ARG a b=c")).pairs())
        .containsExactly(new Pair("a", null), new Pair("b", "c"));
  }

  @Test
  void readsFlags() {
    var copy =
        (Instruction.Copy)
            one("COPY --from=b --chown=\"1:2\" --chmod=755 --link --exclude=*.md --exclude=x a /b");
    assertThat(copy.from()).isEqualTo("b");
    assertThat(copy.chown()).isEqualTo("1:2");
    assertThat(copy.chmod()).isEqualTo("755");
    assertThat(copy.link()).isTrue();
    assertThat(copy.excludes()).containsExactly("*.md", "x");
    var check =
        (Instruction.HealthCheck)
            one("HEALTHCHECK --interval=1m30s --timeout=1.5s --retries=3 CMD curl -f http://x");
    assertThat(check.interval()).isEqualTo(Duration.ofSeconds(90));
    assertThat(check.timeout()).isEqualTo(Duration.ofMillis(1500));
    assertThat(check.retries()).isEqualTo(3);
    assertThat(check.command()).isEqualTo(new Command(true, List.of("curl -f http://x")));
    var run =
        (Instruction.Run)
            one("RUN --mount=type=cache,dst=/c,id=i,sharing=locked,uid=5 --network=none make");
    assertThat(run.mounts())
        .singleElement()
        .satisfies(
            mount -> {
              assertThat(mount.target()).isEqualTo("/c");
              assertThat(mount.sharing()).isEqualTo("locked");
              assertThat(mount.uid()).isEqualTo(5);
              assertThat(mount.writable()).isTrue();
            });
    assertThat(run.network()).isEqualTo("none");
  }

  @Test
  void readsHereDocuments() {
    var copy = (Instruction.Copy) one("COPY <<a <<-\"b\" x /d/\none $x\na\n\t\ttwo\n\tb\n");
    assertThat(copy.sources()).containsExactly("x");
    assertThat(copy.heredocs())
        .containsExactly(
            new Heredoc("a", true, false, "one $x\n"), new Heredoc("b", false, true, "two\n"));
    var run = (Instruction.Run) one("RUN python3 <<EOF >/x\nprint('<<')\n# no comment\nEOF\n");
    assertThat(run.heredocs().getFirst().content()).isEqualTo("print('<<')\n# no comment\n");
    assertThat(((Instruction.Run) one("RUN echo $((1<<2))")).heredocs()).isEmpty();
    var trigger = (Instruction.OnBuild) one("ONBUILD RUN <<EOF\nx\nEOF\n");
    assertThat(trigger.trigger()).isEqualTo("RUN <<EOF\nx\nEOF\n");
    assertThat(Dockerfile.trigger(trigger.trigger(), 7))
        .isInstanceOfSatisfying(
            Instruction.Run.class,
            again -> {
              assertThat(again.heredocs()).hasSize(1);
              assertThat(again.source().line()).isEqualTo(7);
            });
  }

  @Test
  void findsStagesByNameAndNumber() {
    Dockerfile file =
        parse("ARG V=1\nFROM a:$V AS One\nFROM b\nFROM --platform=linux/arm64 c AS two\n");
    assertThat(file.globals()).hasSize(1);
    assertThat(file.stage("ONE", 2).orElseThrow().index()).isZero();
    assertThat(file.stage("1", 2).orElseThrow().from().image()).isEqualTo("b");
    assertThat(file.stage("two", 2)).isEmpty();
    assertThat(file.stage("7", 3)).isEmpty();
    assertThat(file.stages().getLast().from().platform()).isEqualTo("linux/arm64");
    assertThat(file.stages().get(1).label()).isEqualTo("1");
  }
}
