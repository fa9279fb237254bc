package dev.mokha.linux;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
 *
 * @param id unique among the mounts that are there
 * @param parent the id of the mount it is on
 * @param device number of its file system's device, such as {@code 8:1}
 * @param root which part of its file system it shows
 * @param target where it is
 * @param options of this mount
 * @param type such as {@code overlay}
 * @param source such as a device; any word for file systems without one
 * @param superOptions of the file system
 * @param propagation such as {@code shared:5}; empty when private
 */
public record MountEntry(
    int id,
    int parent,
    String device,
    String root,
    Path target,
    List<String> options,
    String type,
    String source,
    List<String> superOptions,
    List<String> propagation) {

  /** Reads a line. */
  static MountEntry parse(String line) {
    String[] words = line.split(" ", -1);
    int separator = 6;
    while (!words[separator].equals("-")) {
      separator++;
    }
    return new MountEntry(
        Integer.parseInt(words[0]),
        Integer.parseInt(words[1]),
        words[2],
        unescape(words[3]),
        Path.of(unescape(words[4])),
        List.of(words[5].split(",")),
        words[separator + 1],
        unescape(words[separator + 2]),
        List.of(words[separator + 3].split(",")),
        List.of(words).subList(6, separator));
  }

  /** Whether it can't be written, because of itself or of its file system. */
  public boolean readOnly() {
    return options.contains("ro") || superOptions.contains("ro") || failed();
  }

  /**
   * Whether the kernel stopped all writing after an error. ext4 says so in options of its own since
   * Linux 6.15, and statfs(2) does not tell.
   */
  public boolean failed() {
    return superOptions.contains("emergency_ro") || superOptions.contains("shutdown");
  }

  /** The kernel writes blanks, tabs, newlines and backslashes as octal numbers. */
  private static String unescape(String word) {
    if (word.indexOf('\\') < 0) {
      return word;
    }
    byte[] in = word.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(in.length);
    for (int i = 0; i < in.length; i++) {
      if (in[i] == '\\' && i + 3 < in.length) {
        out.write((in[i + 1] - '0') * 64 + (in[i + 2] - '0') * 8 + (in[i + 3] - '0'));
        i += 3;
      } else {
        out.write(in[i]);
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
