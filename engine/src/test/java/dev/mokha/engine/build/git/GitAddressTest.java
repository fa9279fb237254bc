package dev.mokha.engine.build.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.engine.build.BuildException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GitAddressTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      textBlock =
          """
          https://h/a.git,                        https://h/a.git,     '',               ''
          https://h/a.git#main,                   https://h/a.git,     main,             ''
          https://h/a.git#main:sub/dir,           https://h/a.git,     main,             sub/dir
          https://h:8443/a.git#:sub,              https://h:8443/a.git,'',               sub
          git://h/a.git#v1,                       git://h/a.git,       v1,               ''
          github.com/team/app#x:y,                https://github.com/team/app, x,        y
          https://h/a.git?branch=b&subdir=d,      https://h/a.git,     refs/heads/b,     d
          https://h/a.git?tag=v1,                 https://h/a.git,     refs/tags/v1,     ''
          https://h/a.git?ref=pull/42/head,       https://h/a.git,     pull/42/head,     ''
          https://u:p@h/a.git?ref=a%2Bb+c,        https://h/a.git,     a+b+c,            ''
          """)
  void readsFragmentsAndQueries(String text, String remote, String ref, String directory) {
    GitAddress address = GitAddress.parse(text);
    assertThat(address.remote()).hasToString(remote);
    assertThat(address.ref()).isEqualTo(ref);
    assertThat(address.directory()).isEqualTo(directory);
    assertThat(address.keepGitDirectory()).isFalse();
    assertThat(address.submodules()).isTrue();
  }

  @Test
  void queriesSetTheRest() {
    GitAddress address =
        GitAddress.parse("https://h/a.git?tag=v&commit=abc123&keep-git-dir=1&submodules=false");
    assertThat(address.checksum()).isEqualTo("abc123");
    assertThat(address.keepGitDirectory()).isTrue();
    assertThat(address.submodules()).isFalse();
  }

  @Test
  void passwordsAreInNoText() {
    GitAddress address = GitAddress.parse("https://me:geheim@h/a.git#main:x");
    assertThat(address.login()).isEqualTo("me:geheim");
    assertThat(address.toString()).isEqualTo("https://h/a.git#main:x");
    assertThatThrownBy(() -> GitAddress.parse("https://me:ge heim@h/a.git"))
        .isInstanceOf(BuildException.class)
        .message()
        .doesNotContain("heim");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://h/a.git",
        "http://h/a/b.git#x",
        "https://h/a.git?x=y",
        "git://h/a",
        "git@h:team/app.git",
        "ssh://git@h/a"
      })
  void tellsRepositories(String text) {
    assertThat(GitAddress.isGit(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://h/a.tar.gz",
        "https://h/a?x=.git",
        "file:///srv/a.git",
        "/srv/a.git",
        "ext::sh -c true",
        "a.git",
        "github.com/team/app",
        "-u@h:x"
      })
  void andWhatIsNone(String text) {
    assertThat(GitAddress.isGit(text)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///srv/a.git",
        "ext::sh -c true",
        "/srv/a.git",
        "a.git",
        "https:///a.git",
        "https://h",
        "git@h:team/app.git",
        "ssh://h/a.git",
        "https://h/a.git?what=x",
        "https://h/a.git?commit=xyz",
        "https://h/a.git?keep-git-dir=maybe",
        "https://h/a.git#%zz"
      })
  void refusesWhatIsNotFetched(String text) {
    assertThatThrownBy(() -> GitAddress.parse(text)).isInstanceOf(BuildException.class);
  }
}
