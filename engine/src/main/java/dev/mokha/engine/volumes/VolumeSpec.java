package dev.mokha.engine.volumes;

import dev.mokha.engine.EngineException;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a volume is made from.
 *
 * @param name letters, digits, {@code _.-}, at least two of them; the first a letter or digit
 * @param labels its owner's notes
 * @param options of the driver: {@code type}, {@code device} and {@code o} as mount(8) takes them
 * @param anonymous whether its name was made up for it
 */
public record VolumeSpec(
    String name, Map<String, String> labels, Map<String, String> options, boolean anonymous) {
  /** The label by which Docker's clients know a volume without a name. */
  public static final String ANONYMOUS_LABEL = "com.docker.volume.anonymous";

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");
  private static final int MAX_NAME = 255;
  private static final Set<String> OPTIONS = Set.of("type", "o", "device", "size");

  /** Copies the maps. */
  public VolumeSpec {
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    options = Collections.unmodifiableMap(new TreeMap<>(options));
  }

  /** A plain one. */
  public static VolumeSpec named(String name) {
    return new VolumeSpec(name, Map.of(), Map.of(), false);
  }

  /** One with a name of 64 hexadecimal digits, labelled as Docker does. */
  public static VolumeSpec unnamed(Map<String, String> labels, Map<String, String> options) {
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    Map<String, String> all = new TreeMap<>(labels);
    all.put(ANONYMOUS_LABEL, "");
    return new VolumeSpec(HexFormat.of().formatHex(random), all, options, true);
  }

  /** The same with other labels. */
  public VolumeSpec withLabels(Map<String, String> others) {
    return new VolumeSpec(name, others, options, anonymous);
  }

  /** Whether something has to be mounted on its directory. */
  public boolean hasDevice() {
    return options.containsKey("device");
  }

  /** Refuses what can't be made, with the words of Docker's daemon. */
  void check() {
    if (name.length() == 1) {
      throw invalid(
          "volume name is too short, names should be at least two alphanumeric characters");
    }
    if (!NAME.matcher(name).matches() || name.length() > MAX_NAME) {
      throw invalid(
          "\""
              + name
              + "\" includes invalid characters for a local volume name, only"
              + " \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host"
              + " directory, use absolute path");
    }
    for (String option : options.keySet()) {
      if (!OPTIONS.contains(option)) {
        throw invalid("invalid option: \"" + option + "\"");
      }
    }
    require("device", "type");
    require("type", "device");
    require("o", "device");
    require("o", "type");
    if (options.containsKey("size")) {
      throw invalid("quota size requested but no quota support");
    }
  }

  private void require(String given, String needed) {
    if (options.containsKey(given) && !options.containsKey(needed)) {
      throw invalid("missing required option: \"" + needed + "\"");
    }
  }

  private EngineException invalid(String why) {
    return new EngineException(EngineException.Code.INVALID, "create " + name + ": " + why);
  }
}
