package dev.mokha.engine.volumes;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A volume as it is at one moment.
 *
 * @param spec what it was made from
 * @param created when
 * @param directory where its content is; of one with a device, only while it is mounted
 * @param users who has acquired it
 */
public record Volume(VolumeSpec spec, Instant created, Path directory, SortedSet<String> users) {
  /** Copies the users. */
  public Volume {
    users = Collections.unmodifiableSortedSet(new TreeSet<>(users));
  }

  /** Its name. */
  public String name() {
    return spec.name();
  }

  /** Its labels. */
  public Map<String, String> labels() {
    return spec.labels();
  }

  /** Whether it was made without a name, for one container. */
  public boolean anonymous() {
    return spec.anonymous();
  }
}
