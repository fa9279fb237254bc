package dev.mokha.server.pipeline;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusException.Details;
import dev.mokha.api.error.StatusReason;
import dev.mokha.server.authentication.UserInfo;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The limit on requests under way, reads and writes apart, so that a flood from outside leaves the
 * server alive. Watches and {@code system:masters} are not counted against it.
 */
public final class InFlight {
  private final Lane reads;
  private final Lane writes;

  /** A limit on each of the two kinds. */
  public InFlight(int mostReads, int mostWrites) {
    reads = new Lane(mostReads);
    writes = new Lane(mostWrites);
  }

  private static final class Lane {
    final int most;
    final AtomicInteger now = new AtomicInteger();

    Lane(int most) {
      this.most = most;
    }
  }

  /** A place that must be given back. */
  @FunctionalInterface
  public interface Place {
    /** Gives it back; once. */
    void leave();
  }

  /**
   * Takes a place.
   *
   * @throws StatusException 429 when there is none
   */
  public Place enter(UserInfo user, String verb) {
    Lane lane =
        switch (verb) {
          case "get", "list", "watch", "head", "options" -> reads;
          default -> writes;
        };
    int now = lane.now.incrementAndGet();
    if (now > lane.most && !user.in(UserInfo.MASTERS)) {
      lane.now.decrementAndGet();
      throw new StatusException(
          StatusReason.TOO_MANY_REQUESTS,
          "Too many requests, please try again later.",
          new Details("", "", "", "", List.of(), 1));
    }
    return lane.now::decrementAndGet;
  }

  /** How many reads are under way. */
  public int reads() {
    return reads.now.get();
  }

  /** How many writes are under way. */
  public int writes() {
    return writes.now.get();
  }
}
