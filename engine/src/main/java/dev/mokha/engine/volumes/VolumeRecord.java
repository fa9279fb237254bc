package dev.mokha.engine.volumes;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * A volume on disk, written once.
 *
 * @param format of the file
 */
record VolumeRecord(
    int format,
    String name,
    Map<String, String> labels,
    Map<String, String> options,
    boolean anonymous,
    Instant created) {
  private static final int FORMAT = 1;
  static final String FILE = "volume.json";

  static VolumeRecord of(VolumeSpec spec, Instant created) {
    return new VolumeRecord(
        FORMAT, spec.name(), spec.labels(), spec.options(), spec.anonymous(), created);
  }

  VolumeSpec spec() {
    return new VolumeSpec(name, labels, options, anonymous);
  }

  void write(Path directory) throws IOException {
    DurableFiles.replace(directory.resolve(FILE), JsonMapper.shared().writeValueAsBytes(this));
  }

  static VolumeRecord read(Path directory) throws IOException {
    VolumeRecord read =
        JsonMapper.shared()
            .readValue(Files.readAllBytes(directory.resolve(FILE)), VolumeRecord.class);
    if (read.format() > FORMAT) {
      throw new EngineException(
          EngineException.Code.INVALID,
          "The volume in " + directory + " was made by a newer Mokha; run that one");
    }
    return read;
  }
}
