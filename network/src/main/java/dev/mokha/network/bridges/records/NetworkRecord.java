package dev.mokha.network.bridges.records;

import dev.mokha.network.bridges.NetworkSpec;
import java.time.Instant;

/**
 * What is written down of a network.
 *
 * @param format {@link #FORMAT}
 * @param id 64 hexadecimal digits
 * @param createdMillis when, since 1970
 * @param asked as it was asked for
 * @param spec the same with the subnets it got
 * @param bridge the link on the host; empty for none
 */
public record NetworkRecord(
    int format, String id, long createdMillis, NetworkSpec asked, NetworkSpec spec, String bridge) {
  /** The only one so far. */
  public static final int FORMAT = 1;

  /** When it was made. */
  public Instant created() {
    return Instant.ofEpochMilli(createdMillis);
  }
}
