package dev.mokha.server.http;

import dev.mokha.api.object.Json;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/** Which Kubernetes this is compatible with, and what it is. */
public final class Version {
  /** The release of Kubernetes whose API is served. */
  public static final String KUBERNETES = "1.36.0";

  private static final byte[] JSON = make();

  private Version() {}

  /** Such as {@code v1.36.0+mokha.0.1.0}. */
  public static String gitVersion() {
    String own = Version.class.getPackage().getImplementationVersion();
    return "v" + KUBERNETES + "+mokha" + (own == null ? "" : "." + own.replace("-SNAPSHOT", ""));
  }

  static byte[] json() {
    return JSON;
  }

  private static byte[] make() {
    ObjectNode v = Json.MAPPER.createObjectNode();
    v.put("major", "1").put("minor", "36").put("gitVersion", gitVersion());
    v.put("gitCommit", "").put("gitTreeState", "clean").put("buildDate", "1970-01-01T00:00:00Z");
    v.put("goVersion", "none").put("compiler", "javac");
    v.put(
        "platform",
        System.getProperty("os.name").toLowerCase(Locale.ROOT)
            + "/"
            + (System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64"));
    v.put("emulationMajor", "1").put("emulationMinor", "36");
    v.put("minCompatibilityMajor", "1").put("minCompatibilityMinor", "35");
    return Json.bytes(v);
  }
}
