package dev.mokha.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

class CommandLineTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CommandLine line =
      Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

  private static ParseResult last(ParseResult result) {
    return result.hasSubcommand() ? last(result.subcommand()) : result;
  }

  private Object value(String option, String... args) {
    return last(line.parseArgs(args)).commandSpec().findOption(option).getValue();
  }

  @Test
  void everyCommandHasItsDefaults() {
    assertThat(value("--n", "pods")).isEqualTo(30);
    assertThat(value("--probe", "pods")).isEqualTo(Manifests.ProbeKind.EXEC);
    assertThat(value("--n", "burst")).isEqualTo(50);
    assertThat(value("--n", "deployment")).isEqualTo(100);
    assertThat(value("--change", "service-change")).isEqualTo(ServiceChangeCommand.Change.SLICE);
    assertThat(value("--concurrency", "api", "create")).isEqualTo(64);
    assertThat(value("--kind", "api", "get")).isEqualTo(ApiOptions.ObjectKind.CONFIGMAPS);
    assertThat(value("--objects", "api", "list")).isEqualTo(10_000);
    assertThat(value("--watchers", "api", "watch")).isEqualTo(200);
    assertThat(value("--seconds", "idle")).isEqualTo(30);
  }

  @Test
  void wordsOfAnyCaseAndListsOfPidsAreRead() {
    assertThat(value("--probe", "pods", "--probe", "tcp")).isEqualTo(Manifests.ProbeKind.TCP);
    assertThat(value("--kind", "api", "list", "--kind", "Pods"))
        .isEqualTo(ApiOptions.ObjectKind.PODS);
    assertThat(value("--pids", "api", "watch", "--pids", "12,34")).asString().isEqualTo("[12, 34]");
    assertThat(value("--helpers", "idle", "--helpers", "conmon,crun"))
        .asString()
        .isEqualTo("[conmon, crun]");
  }

  @Test
  void everyRunHasANamespaceOfItsOwn() {
    assertThat(value("--namespace", "burst"))
        .asString()
        .matches("bench-[0-9]{6}")
        .isNotEqualTo(
            last(Main.commandLine().parseArgs("burst"))
                .commandSpec()
                .findOption("--namespace")
                .getValue());
  }

  @Test
  void wrongWordsAreExitCodeTwo() {
    assertThat(line.execute("pods", "--probe", "smell")).isEqualTo(2);
    assertThat(err.toString()).contains("EXEC, TCP, NONE");
    assertThat(line.execute("api")).isEqualTo(2);
    assertThat(line.execute("idle")).isEqualTo(2);
    assertThat(err.toString()).contains("name processes with --pids");
    assertThat(line.execute("burst", "--n", "many")).isEqualTo(2);
  }

  @Test
  void failureIsOneSentenceAndExitCodeOne(@TempDir Path empty) {
    Path missing = empty.resolve("kubeconfig");
    assertThat(line.execute("burst", "--kubeconfig", missing.toString())).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).startsWith("bench: the kubeconfig " + missing);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void withoutACommandItPrintsItsUsage() {
    assertThat(line.execute()).isZero();
    assertThat(out.toString()).contains("service-change", "deployment", "idle");
  }
}
