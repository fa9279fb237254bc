package dev.mokha.engine.security;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.KernelFile;
import dev.mokha.linux.Xattrs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Labels for containers on a host with SELinux: the policy's types for containers, and a pair of
 * categories that no other container has (multi-category security), so that one can't reach
 * another's files.
 *
 * <p>The policy says which types in {@code /etc/selinux/POLICY/contexts/lxc_contexts}.
 */
public final class SelinuxLabels {
  /**
   * Stands before options (`type:spc_t;level:s0:c1,c2`) that a specification has instead of a
   * label, until the engine makes labels of them.
   */
  public static final String OPTIONS = "options=";

  /** Said instead of a label: none. */
  public static final String DISABLE = "disable";

  private static final int CATEGORIES = 1024;
  private static final int ATTEMPTS = 100_000;
  private static final String ATTRIBUTE = "security.selinux";

  private static final Set<String> SYSTEM =
      Set.of(
          "/", "/usr", "/etc", "/tmp", "/home", "/run", "/var", "/root", "/boot", "/dev", "/proc",
          "/sys", "/bin", "/sbin", "/lib", "/lib64", "/opt");

  private final Context process;
  private final Context file;
  private final RandomGenerator random;

  /** A process's label and that of its files; empty for none. */
  public record Labels(String process, String mount) {
    /** None. */
    public static final Labels NONE = new Labels("", "");
  }

  /** {@code user:role:type:level}. */
  private record Context(String user, String role, String type, String level) {
    static Context parse(String text) {
      String[] parts = text.split(":", 4);
      if (parts.length < 3) {
        throw new EngineException(
            EngineException.Code.INVALID, "'" + text + "' is no SELinux context");
      }
      return new Context(parts[0], parts[1], parts[2], parts.length > 3 ? parts[3] : "s0");
    }

    @Override
    public String toString() {
      return user + ":" + role + ":" + type + ":" + level;
    }
  }

  SelinuxLabels(String process, String file, RandomGenerator random) {
    this.process = Context.parse(process);
    this.file = Context.parse(file);
    this.random = requireNonNull(random);
  }

  /** Those of this host; empty without SELinux or without a policy for containers. */
  public static Optional<SelinuxLabels> ofHost() {
    return of(Path.of("/"), RandomGenerator.getDefault());
  }

  static Optional<SelinuxLabels> of(Path root, RandomGenerator random) {
    try {
      if (!Files.exists(root.resolve("sys/fs/selinux/enforce"))) {
        return Optional.empty();
      }
      String policy = value(root.resolve("etc/selinux/config"), "SELINUXTYPE").orElse("targeted");
      Path contexts = root.resolve("etc/selinux/" + policy + "/contexts/lxc_contexts");
      Optional<String> process = value(contexts, "process");
      Optional<String> file = value(contexts, "file");
      return process.isPresent() && file.isPresent()
          ? Optional.of(new SelinuxLabels(process.get(), file.get(), random))
          : Optional.empty();
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL, "SELinux's configuration: " + e.getMessage(), e);
    }
  }

  private static Optional<String> value(Path file, String key) throws IOException {
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    for (String line : KernelFile.read(file).lines().toList()) {
      int equals = line.indexOf('=');
      if (equals > 0 && line.substring(0, equals).strip().equals(key)) {
        return Optional.of(line.substring(equals + 1).strip().replace("\"", ""));
      }
    }
    return Optional.empty();
  }

  /**
   * Labels of a new container.
   *
   * @param options what {@code --security-opt label=} says: {@code disable}, {@code user:U}, {@code
   *     role:R}, {@code type:T}, {@code level:L}, {@code filetype:T}
   * @param taken whether a level is another container's
   */
  public Labels of(List<String> options, Predicate<String> taken) {
    Context own = process;
    Context files = file;
    boolean levelGiven = false;
    for (String option : options) {
      if (option.equals(DISABLE)) {
        return Labels.NONE;
      }
      int colon = option.indexOf(':');
      String key = colon < 0 ? option : option.substring(0, colon);
      String value = colon < 0 ? "" : option.substring(colon + 1);
      if (value.isEmpty()) {
        throw bad(option);
      }
      switch (key) {
        case "user" -> own = new Context(value, own.role, own.type, own.level);
        case "role" -> own = new Context(own.user, value, own.type, own.level);
        case "type" -> own = new Context(own.user, own.role, value, own.level);
        case "filetype" -> files = new Context(files.user, files.role, value, files.level);
        case "level" -> {
          levelGiven = true;
          own = new Context(own.user, own.role, own.type, value);
          files = new Context(files.user, files.role, files.type, value);
        }
        default -> throw bad(option);
      }
    }
    if (!levelGiven) {
      String level = freeLevel(taken);
      own = new Context(own.user, own.role, own.type, level);
      files = new Context(files.user, files.role, files.type, level);
    }
    return new Labels(own.toString(), files.toString());
  }

  private static EngineException bad(String option) {
    return new EngineException(
        EngineException.Code.INVALID,
        "bad label option \""
            + option
            + "\", valid options 'disable' or \n'user, role, level,"
            + " type, filetype' followed by ':' and a value");
  }

  /** Two different categories, the lower first, that nobody has: half a million pairs. */
  private String freeLevel(Predicate<String> taken) {
    for (int i = 0; i < ATTEMPTS; i++) {
      int one = random.nextInt(CATEGORIES);
      int two = random.nextInt(CATEGORIES);
      String level = "s0:c" + Math.min(one, two) + ",c" + Math.max(one, two);
      if (one != two && !taken.test(level)) {
        return level;
      }
    }
    throw new EngineException(
        EngineException.Code.CONFLICT, "No pair of SELinux categories is free");
  }

  /** The level of a label; empty when it has none. */
  public static String level(String label) {
    String[] parts = label.split(":", 4);
    return parts.length == 4 ? parts[3] : "";
  }

  /**
   * Gives everything below a path a label: what {@code -v ...:Z} wants, and {@code :z} with a label
   * without categories.
   *
   * @throws EngineException INVALID for directories of the system, which would be lost to it
   */
  public static void relabel(Path top, String label) throws IOException {
    if (SYSTEM.contains(top.toAbsolutePath().normalize().toString())) {
      throw new EngineException(
          EngineException.Code.INVALID, "SELinux relabeling of " + top + " is not allowed");
    }
    byte[] value = (label + "\0").getBytes(StandardCharsets.US_ASCII);
    Files.walkFileTree(
        top,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes is) {
            Xattrs.set(directory, ATTRIBUTE, value);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes is) {
            Xattrs.set(file, ATTRIBUTE, value);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** The label that containers share. */
  public static String shared(String label) {
    Context context = Context.parse(label);
    return new Context(context.user, context.role, context.type, "s0").toString();
  }
}
