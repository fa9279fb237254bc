package dev.mokha.engine.containers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the counters of a process's network interfaces (proc(5), net/dev). */
final class NetworkCounters {
  private static final int COLUMNS = 16;

  private NetworkCounters() {}

  /** Those of the network namespace a process is in, but loopback. */
  static List<Usage.Network> of(int pid) {
    try {
      Path file = Path.of("/proc", Integer.toString(pid), "net/dev");
      return parse(new String(Files.readAllBytes(file), StandardCharsets.US_ASCII));
    } catch (IOException gone) {
      return List.of();
    }
  }

  /** Lines such as {@code eth0: 1 2 3 ...}: eight columns received, eight sent. */
  static List<Usage.Network> parse(String text) {
    List<Usage.Network> interfaces = new ArrayList<>();
    for (String line : text.lines().toList()) {
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : line.substring(0, colon).strip();
      String[] columns = line.substring(colon + 1).strip().split(" +");
      if (name.isEmpty() || name.equals("lo") || columns.length < COLUMNS) {
        continue;
      }
      long[] n = new long[COLUMNS];
      for (int i = 0; i < COLUMNS; i++) {
        n[i] = Long.parseLong(columns[i]);
      }
      interfaces.add(new Usage.Network(name, n[0], n[1], n[2], n[3], n[8], n[9], n[10], n[11]));
    }
    return interfaces;
  }
}
