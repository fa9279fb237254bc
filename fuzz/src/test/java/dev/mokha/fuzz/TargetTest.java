package dev.mokha.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The same mutations at every run; {@code fuzz/run} looks for new ones. */
class TargetTest {
  private static final int INPUTS = 4000;

  /** Of those that write files. */
  private static final int FEW_INPUTS = 300;

  private static final long SLOW_NANOS = 5_000_000_000L;

  /** Pieces that parsers stumble over. */
  private static final String[] WORDS = {
    "null",
    "{}",
    "[]",
    "\"\"",
    "-1",
    "1e999999999",
    "9223372036854775808",
    "\u0000",
    "\uD800",
    "%00",
    "$patch",
    "/-",
    "~2",
    "[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
    "&a *a",
    "!!java",
    "---",
    "<<: *x",
    "\"metadata\":null",
    "\"spec\":[]",
    "\"containers\":{}",
    "\"name\":7",
    "true",
    "'",
    ",,",
    "=="
  };

  @ParameterizedTest
  @EnumSource(Target.class)
  void seedsAreGood(Target target) {
    assertThat(target.seeds()).isNotEmpty();
    target.seeds().forEach(target::feed);
  }

  /** What Jazzer has found, each mended since. */
  @ParameterizedTest
  @CsvSource({
    // An encoding that no parser knows.
    "JSON, ABAAAAAAAAAAAFAK",
    "YAML, ABAAAAAAAAAAAFAK"
  })
  void whatWasFoundStaysMended(Target target, String base64) {
    target.feed(Base64.getDecoder().decode(base64));
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void badInputIsTheClientsFault(Target target) {
    SplittableRandom random = new SplittableRandom(target.name().hashCode());
    for (int i = 0; i < (target == Target.LAYER ? FEW_INPUTS : INPUTS); i++) {
      byte[] data = target.seeds().get(random.nextInt(target.seeds().size())).clone();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        data = mutated(data, random);
      }
      long begun = System.nanoTime();
      try {
        target.feed(data);
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
        fail(target + " fails on (base64) " + Base64.getEncoder().encodeToString(data), e);
      }
      assertThat(System.nanoTime() - begun).as(() -> target + " is slow").isLessThan(SLOW_NANOS);
    }
  }

  private static byte[] mutated(byte[] data, SplittableRandom random) {
    int at = random.nextInt(data.length + 1);
    return switch (random.nextInt(6)) {
      case 0 -> Arrays.copyOf(data, at);
      case 1 -> spliced(data, at, at, new byte[] {(byte) random.nextInt(256)});
      case 2 -> {
        byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8);
        yield spliced(data, at, Math.min(data.length, at + random.nextInt(12)), word);
      }
      case 3 -> {
        byte[] copy = data.clone();
        if (copy.length > 0) {
          copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
        }
        yield copy;
      }
      case 4 -> {
        int end = Math.min(data.length, at + random.nextInt(40));
        yield spliced(data, at, at, Arrays.copyOfRange(data, at, end));
      }
      default -> spliced(data, at, Math.min(data.length, at + random.nextInt(40)), new byte[0]);
    };
  }

  private static byte[] spliced(byte[] data, int from, int to, byte[] with) {
    byte[] out = Arrays.copyOf(data, from + with.length + data.length - to);
    System.arraycopy(with, 0, out, from, with.length);
    System.arraycopy(data, to, out, from + with.length, data.length - to);
    return out;
  }
}
