package dev.mokha.engine.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * What a system call policy depends on.
 *
 * @param architecture as Docker's profiles name it: {@code amd64}, {@code arm64}, {@code s390x}
 * @param kernel its release, such as {@code 6.1.0-13-amd64}
 * @param x32 whether the kernel may run programs of the x32 ABI
 */
record Machine(String architecture, String kernel, boolean x32) {
  private static final Pattern X32 = Pattern.compile("(?m)^CONFIG_X86_X32(_ABI)?=y$");
  private static final String X32_ABI = "SCMP_ARCH_X32";
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*", Pattern.DOTALL);

  /** libseccomp's names of a machine's architecture and of those it runs besides. */
  private static final Map<String, List<String>> SECCOMP =
      Map.of(
          "amd64", List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", X32_ABI),
          "arm64", List.of("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"),
          "mips64", List.of("SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64N32"),
          "mipsel64", List.of("SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64N32"),
          "ppc64le", List.of("SCMP_ARCH_PPC64LE"),
          "s390x", List.of("SCMP_ARCH_S390X", "SCMP_ARCH_S390"),
          "riscv64", List.of("SCMP_ARCH_RISCV64"),
          "loongarch64", List.of("SCMP_ARCH_LOONGARCH64"));

  /** This one. */
  static Machine own() {
    String java = System.getProperty("os.arch");
    String architecture =
        switch (java) {
          case "x86_64" -> "amd64";
          case "aarch64" -> "arm64";
          case "mips64el", "mips64le" -> "mipsel64";
          default -> java;
        };
    String kernel = System.getProperty("os.version");
    return new Machine(architecture, kernel, mayRunX32(kernel));
  }

  /** One that may run all its architecture's ABIs. */
  Machine(String architecture, String kernel) {
    this(architecture, kernel, true);
  }

  /** What the kernel was configured with; when that can't be found out, it may. */
  private static boolean mayRunX32(String kernel) {
    Path boot = Path.of("/boot/config-" + kernel);
    try {
      if (Files.isReadable(boot)) {
        return X32.matcher(Files.readString(boot)).find();
      }
      try (InputStream in = new GZIPInputStream(Files.newInputStream(Path.of("/proc/config.gz")))) {
        return X32.matcher(new String(in.readAllBytes(), StandardCharsets.US_ASCII)).find();
      }
    } catch (IOException unknown) {
      return true;
    }
  }

  /**
   * libseccomp's names, its own first; empty to leave it to the runtime. An ABI that the kernel has
   * not is left out: the runtime takes 8 ms of each start to make rules for it.
   */
  List<String> seccompArchitectures() {
    return SECCOMP.getOrDefault(architecture, List.of()).stream()
        .filter(name -> x32 || !name.equals(X32_ABI))
        .toList();
  }

  /**
   * Whether the kernel is at least this one.
   *
   * @param minimum such as {@code 4.8}
   * @throws IllegalArgumentException when that is no version
   */
  boolean hasKernel(String minimum) {
    Matcher wanted = VERSION.matcher(minimum);
    Matcher own = VERSION.matcher(kernel);
    if (!wanted.matches()) {
      throw new IllegalArgumentException(minimum + " is no kernel version");
    }
    if (!own.matches()) {
      return false;
    }
    int major = Integer.compare(number(own, 1), number(wanted, 1));
    return major > 0 || major == 0 && number(own, 2) >= number(wanted, 2);
  }

  private static int number(Matcher version, int group) {
    return Integer.parseInt(version.group(group));
  }
}
