package dev.mokha.docker.images;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Progress bars and names as Docker's clients show them. */
final class ProgressLinesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 100, '[>                                                  ]       0B/100B'",
    "50, 100, '[=========================>                         ]      50B/100B'",
    "1500000, 3000000, '[=========================>                         ]    1.5MB/3MB'",
    "100, 100, '[==================================================>]     100B/100B'",
    "62330, -1, ' 62.33kB'"
  })
  void bars(long done, long total, String bar) {
    assertThat(ProgressLines.bar(done, total)).isEqualTo(bar);
  }

  @ParameterizedTest
  @CsvSource({
    "docker.io/library/redis:7, redis:7",
    "docker.io/team/app:1, team/app:1",
    "localhost:5000/library/x:1, localhost:5000/library/x:1",
    "docker.io/library/a/b:1, library/a/b:1"
  })
  void familiarNames(String complete, String familiar) {
    assertThat(ImageNames.familiar(complete)).isEqualTo(familiar);
  }

  @ParameterizedTest
  @CsvSource({
    "https://index.docker.io/v1/, docker.io",
    "'', docker.io",
    "registry.example:5000, registry.example:5000",
    "http://localhost:5000/v2/, localhost:5000"
  })
  void registryHosts(String address, String host) {
    assertThat(RegistryAuth.host(address)).isEqualTo(host);
  }
}
