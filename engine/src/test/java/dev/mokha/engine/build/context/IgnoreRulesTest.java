package dev.mokha.engine.build.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.BuildException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IgnoreRulesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          */temp*          | a/temp1      | true
          */temp*          | temp         | false
          */*/temp*        | a/b/temp.txt | true
          temp?            | tempa        | true
          temp?            | temp         | false
          dir              | dir/x/y      | true
          /dir/            | dir/x        | true
          **/*.go          | a.go         | true
          **/*.go          | a/b/c.go     | true
          **/*.go          | a/b.goo      | false
          a/**             | a/b/c        | true
          a/**/z           | a/z          | true
          a/**/z           | a/b/c/z      | true
          [a-c].txt        | b.txt        | true
          [^a-c].txt       | b.txt        | false
          a.b              | axb          | false
          *                | x/y          | true
          ../x             | x            | true
          """)
  void matchesAsDockerDoes(String pattern, String path, boolean ignored) {
    assertThat(IgnoreRules.of(List.of(pattern)).ignores(path)).isEqualTo(ignored);
  }

  @Test
  void theLastRuleThatFitsDecides() {
    IgnoreRules rules = IgnoreRules.parse("# all but\n*.md\n!README*.md\nREADME-secret.md\n");
    assertThat(rules.ignores("x.md")).isTrue();
    assertThat(rules.ignores("README-a.md")).isFalse();
    assertThat(rules.ignores("README-secret.md")).isTrue();
    assertThat(rules.hasExceptions()).isTrue();
  }

  @Test
  void whatIsTakenBackBelowAnIgnoredDirectoryIsThere() throws Exception {
    IgnoreRules rules = IgnoreRules.parse("dir\n!dir/keep\n");
    FileNode file = new MemoryFile(new byte[0], 0644);
    FileNode dir = new MemoryDirectory(Map.of("keep", file, "drop", file));
    FileNode root = new MemoryDirectory(Map.of("dir", dir, "other", file));
    FileTree tree = new FilteredTree(() -> root, rules);
    assertThat(tree.find("dir/keep")).isPresent();
    assertThat(tree.find("dir/drop")).isEmpty();
    assertThat(tree.find("other")).isPresent();
  }

  @Test
  void refusesAMalformedPattern() {
    assertThatThrownBy(() -> IgnoreRules.parse("[a\n"))
        .isInstanceOf(BuildException.class)
        .hasMessageContaining("syntax error in pattern");
  }
}
