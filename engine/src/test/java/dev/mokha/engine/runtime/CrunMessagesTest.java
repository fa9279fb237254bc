package dev.mokha.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CrunMessagesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "executable file `x` not found in $PATH: No such file or directory"
            + " | unable to start container process: exec: \"x\": executable file not found in"
            + " $PATH",
        "executable file `/x` not found in $PATH: No such file or directory"
            + " | unable to start container process: exec: \"/x\": stat /x: no such file or"
            + " directory",
        "open executable: Permission denied"
            + " | unable to start container process: exec: \"run\": permission denied",
        "chdir `/no`: No such file or directory"
            + " | unable to start container process: chdir to cwd (\"/no\") set in config.json"
            + " failed: no such file or directory",
        "mount `/a` to `etc`: Not a directory"
            + " | unable to start container process: error during container init: error mounting"
            + " \"/a\" to rootfs at \"/etc\": not a directory",
        "write to /proc/sys/net/ipv4/ip_forward: Invalid argument"
            + " | unable to start container process: error during container init: write"
            + " /proc/sys/net/ipv4/ip_forward: invalid argument",
        "something else | something else"
      })
  void areSaidAsRuncSaysThem(String said, String words) {
    assertThat(CrunMessages.translate(said, "run")).isEqualTo(words);
  }

  @Test
  void withoutTheDecorationOfTerminals() {
    assertThat(CrunMessages.translate("\u001b[1;31m2026-11-22T23:26:45.6Z: no luck\u001b[0m", "x"))
        .isEqualTo("no luck");
  }
}
