package dev.mokha.network.dns;

import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Names that a server answers itself; all others are asked upstream. No method waits. */
public interface Zone {
  /** Whether it answers for a name. */
  boolean covers(Name name);

  /** Answers a question that it covers. */
  ZoneAnswer answer(Name name, int type);

  /** Who denies: goes with an answer that has no records; null for nobody. */
  Record authority();

  /** Whether its answers are said to be authoritative. */
  default boolean authoritative() {
    return true;
  }
}
