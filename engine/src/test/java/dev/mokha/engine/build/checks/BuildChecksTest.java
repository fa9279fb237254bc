package dev.mokha.engine.build.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.dockerfile.Dockerfile;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What dockerd 28.5 says of the same files. */
class BuildChecksTest {
  private static List<String> check(String text, String target, String options) {
    Dockerfile file = Dockerfile.parse(text.getBytes(StandardCharsets.UTF_8), "Dockerfile");
    BuildChecks.Facts facts =
        new BuildChecks.Facts(
            target,
            Map.of("TARGETPLATFORM", "linux/amd64", "BUILDPLATFORM", "linux/amd64"),
            image -> image.startsWith("busybox") ? Optional.of(Set.of("PATH")) : Optional.empty(),
            path -> path.equals("ignored"));
    String wanted = options.isEmpty() ? file.remarks().check() : options;
    return new BuildChecks(file, facts)
        .run(CheckOptions.parse(wanted)).stream()
            .map(w -> w.line() + " " + w.rule().text() + ": " + w.detail())
            .toList();
  }

  private static List<String> check(String text) {
    return check(text, "", "");
  }

  @Test
  void aCleanFileHasNoWarnings() {
    assertThat(
            check(
                """
                # syntax=docker/dockerfile:1
                ARG V=1
                FROM --platform=$BUILDPLATFORM busybox:$V AS build
                ARG TARGETARCH
                WORKDIR /src
                COPY . .
                RUN echo $whatever
                FROM busybox
                ENV A=${B:-x} P=$PATH:/x
                EXPOSE 80 81/udp
                COPY --from=build /src/x /x
                CMD ["/x"]
                """))
        .isEmpty();
  }

  @Test
  void looksAtHowAFileIsWritten() {
    assertThat(
            check(
                """
                FROM busybox:latest as Build
                maintainer Me <me@x>
                ENV A b
                LABEL k v w
                RUN echo \\

                  hi
                Run echo $UNDEF
                FROM busybox AS context
                FROM busybox AS build
                RUN echo \\
                  # a comment
                  x
                """))
        .containsExactly(
            "1 StageNameCasing: Stage name 'Build' should be lowercase",
            "1 FromAsCasing: 'as' and 'FROM' keywords' casing do not match",
            "2 ConsistentInstructionCasing: Command 'maintainer' should match the case of the"
                + " command majority (uppercase)",
            "2 MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label",
            "3 LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV key"
                + " value\" format",
            "4 LegacyKeyValueFormat: \"LABEL key=value\" should be used instead of legacy \"LABEL"
                + " key value\" format",
            "7 NoEmptyContinuation: Empty continuation line",
            "8 ConsistentInstructionCasing: Command 'Run' should match the case of the command"
                + " majority (uppercase)",
            "9 ReservedStageName: Stage name should not use the same name as reserved stage"
                + " \"context\"",
            "10 DuplicateStageName: Duplicate stage name \"build\", stage names should be unique");
  }

  @Test
  void looksAtWhatStagesDo() {
    assertThat(
            check(
                """
                FROM busybox:latest
                WORKDIR sub
                WORKDIR sub
                CMD echo hi
                CMD ["echo"]
                ENTRYPOINT foo bar
                COPY $UNDEF /x $PAHT/ $HTTP_PROX/
                EXPOSE 80/TCP 127.0.0.1:80:80 81/udp
                HEALTHCHECK CMD a
                HEALTHCHECK CMD b
                ENV A=$A2 B=${C-x} D=${E:+x} F=${G#x}
                FROM busybox AS two
                SHELL ["/bin/sh", "-c"]
                CMD echo hi
                WORKDIR x
                FROM two
                WORKDIR x
                ARG q=$zz
                LABEL a=$zz
                FROM elsewhere
                LABEL a=$zz
                """))
        .containsExactly(
            "2 WorkdirRelativePath: Relative workdir \"sub\" can have unexpected results if the"
                + " base image changes",
            "4 MultipleInstructionsDisallowed: Multiple CMD instructions should not be used in the"
                + " same stage because only the last one will be used",
            "4 JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended"
                + " behavior related to OS signals",
            "6 JSONArgsRecommended: JSON arguments recommended for ENTRYPOINT to prevent unintended"
                + " behavior related to OS signals",
            "7 UndefinedVar: Usage of undefined variable '$UNDEF'",
            "7 UndefinedVar: Usage of undefined variable '$PAHT' (did you mean $PATH?)",
            "7 UndefinedVar: Usage of undefined variable '$HTTP_PROX'",
            "8 ExposeProtoCasing: Defined protocol '80/TCP' in EXPOSE instruction should be"
                + " lowercase",
            "8 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or"
                + " host-port mapping, found '127.0.0.1:80:80'",
            "9 MultipleInstructionsDisallowed: Multiple HEALTHCHECK instructions should not be used"
                + " in the same stage because only the last one will be used",
            "11 UndefinedVar: Usage of undefined variable '$A2'",
            "11 UndefinedVar: Usage of undefined variable '$C'",
            "11 UndefinedVar: Usage of undefined variable '$E'",
            "11 UndefinedVar: Usage of undefined variable '$G'",
            "15 WorkdirRelativePath: Relative workdir \"x\" can have unexpected results if the base"
                + " image changes",
            "18 UndefinedVar: Usage of undefined variable '$zz'",
            "19 UndefinedVar: Usage of undefined variable '$zz' (did you mean $q?)");
  }

  @Test
  void looksAtFrom() {
    assertThat(
            check(
                """
                ARG BASE
                ARG tag=1
                ARG full=busybox:${tag}
                FROM $FOO
                FROM ${BASE}:x
                FROM busybox:$tag
                FROM $full
                FROM $BSE
                FROM --platform=linux/amd64 busybox AS one
                FROM --platform=linux/amd64 busybox AS two-amd64
                FROM --platform=${TARGETPLATFORM} busybox
                """))
        .containsExactly(
            "4 UndefinedArgInFrom: FROM argument 'FOO' is not declared",
            "4 InvalidDefaultArgInFrom: Default value for ARG $FOO results in empty or invalid base"
                + " image name",
            "5 InvalidDefaultArgInFrom: Default value for ARG ${BASE}:x results in empty or invalid"
                + " base image name",
            "8 UndefinedArgInFrom: FROM argument 'BSE' is not declared (did you mean BASE?)",
            "8 InvalidDefaultArgInFrom: Default value for ARG $BSE results in empty or invalid base"
                + " image name",
            "9 FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value"
                + " \"linux/amd64\"",
            "11 RedundantTargetPlatform: Setting platform to predefined ${TARGETPLATFORM} in FROM"
                + " is redundant as this is the default behavior");
  }

  @ParameterizedTest
  @CsvSource({
    "PASSWORD,true", "API_TOKEN,true", "secret_key,true", "apikey,true", "GIT_AUTH,true",
    "CREDENTIALS,true", "PASSWD,true", "pword,true", "CREDENTIAL,true", "TOKEN_FILE,true",
    "KEY_FILE,true", "MYKEY,false", "PUBLIC_KEY,false", "TOKENIZER,false", "AUTHOR,false",
    "pwd,false", "XAUTH,false", "SECRETS,false", "KEYS,false"
  })
  void knowsNamesOfSecrets(String name, boolean secret) {
    List<String> expected =
        secret
            ? List.of(
                "2 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data"
                    + " (ARG \""
                    + name
                    + "\")")
            : List.of();
    assertThat(check("FROM busybox\nARG " + name + "\n")).isEqualTo(expected);
  }

  @Test
  void onlyStagesThatAreBuiltAreLookedAtWhenOneIsNamed() {
    String text =
        """
        FROM busybox AS one
        CMD a
        FROM busybox AS two
        COPY --from=one /x /x
        FROM busybox as three
        CMD c
        """;
    assertThat(check(text, "two", "")).hasSize(2).allMatch(w -> w.matches("[25] .*"));
    assertThat(check(text, "three", "")).hasSize(2).allMatch(w -> w.matches("[56] .*"));
  }

  @Test
  void rulesCanBeSkippedAndAskedFor() {
    String body = "FROM busybox as a\nCMD a\nCOPY ignored /x\n";
    assertThat(check("# check=skip=JSONArgsRecommended\n" + body)).hasSize(1);
    assertThat(check("# check=skip=all;error=true\n" + body)).isEmpty();
    assertThat(check(body)).hasSize(2);
    assertThat(check(body, "", "experimental=CopyIgnoredFile;skip=fromascasing"))
        .containsExactly(
            "2 JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended"
                + " behavior related to OS signals",
            "3 CopyIgnoredFile: Attempting to Copy file \"ignored\" that is excluded by"
                + " .dockerignore");
    assertThatThrownBy(() -> check(body, "", "error=tru"))
        .isInstanceOf(BuildException.class)
        .hasMessage(
            "failed to parse check options: failed to parse check option \"error=tru\":"
                + " strconv.ParseBool: parsing \"tru\": invalid syntax");
  }

  @Test
  void everyRuleHasItsPage() {
    assertThat(Rule.JSON_ARGS_RECOMMENDED.address())
        .isEqualTo("https://docs.docker.com/go/dockerfile/rule/json-args-recommended/");
    assertThat(Rule.SECRETS_USED_IN_ARG_OR_ENV.address())
        .isEqualTo("https://docs.docker.com/go/dockerfile/rule/secrets-used-in-arg-or-env/");
    assertThat(Rule.FROM_PLATFORM_FLAG_CONST_DISALLOWED.address())
        .isEqualTo(
            "https://docs.docker.com/go/dockerfile/rule/from-platform-flag-const-disallowed/");
    assertThat(Rule.UNDEFINED_ARG_IN_FROM.address())
        .isEqualTo("https://docs.docker.com/go/dockerfile/rule/undefined-arg-in-from/");
  }
}
