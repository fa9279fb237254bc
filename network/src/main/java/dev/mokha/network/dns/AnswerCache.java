package dev.mokha.network.dns;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;

/**
 * Upstream answers, as long as their records live, and at most so many: the one unused for longest
 * goes first. Denials are kept as RFC 2308 says.
 */
public final class AnswerCache {
  private static final long LONGEST_SECONDS = 3600;
  private static final long LONGEST_DENIAL_SECONDS = 300;

  private final int limit;
  private final LongSupplier nanoTime;
  private final Map<Key, Kept> kept;

  /** A question, with whether signatures were asked for. */
  record Key(String name, int type, int dclass, boolean signatures) {
    /** The question of a query. */
    static Key of(Message query) {
      Record question = query.getQuestion();
      return new Key(
          question.getName().toString(true).toLowerCase(java.util.Locale.ROOT),
          question.getType(),
          question.getDClass(),
          query.getOPT() != null && (query.getOPT().getFlags() & 0x8000) != 0);
    }
  }

  private record Kept(UpstreamAnswer answer, long since, long until) {}

  /** Of at most so many answers; of 0 it keeps none. */
  public AnswerCache(int limit, LongSupplier nanoTime) {
    this.limit = limit;
    this.nanoTime = nanoTime;
    this.kept =
        new LinkedHashMap<>(64, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<Key, Kept> eldest) {
            return size() > AnswerCache.this.limit;
          }
        };
  }

  /** An answer that still lives, its times reduced by its age. */
  synchronized Optional<UpstreamAnswer> find(Key key) {
    Kept found = kept.get(key);
    if (found == null) {
      return Optional.empty();
    }
    long now = nanoTime.getAsLong();
    if (now - found.until >= 0) {
      kept.remove(key);
      return Optional.empty();
    }
    return Optional.of(found.answer.aged((now - found.since) / 1_000_000_000L));
  }

  /** Keeps an answer, when it may be kept. */
  synchronized void keep(Key key, UpstreamAnswer answer) {
    long seconds = lifetime(answer);
    if (seconds > 0) {
      long now = nanoTime.getAsLong();
      kept.put(key, new Kept(answer, now, now + seconds * 1_000_000_000L));
    }
  }

  synchronized int size() {
    return kept.size();
  }

  private static long lifetime(UpstreamAnswer answer) {
    if (answer.truncated()
        || (answer.rcode() != Rcode.NOERROR && answer.rcode() != Rcode.NXDOMAIN)) {
      return 0;
    }
    boolean denial = answer.answers().isEmpty();
    long seconds = denial ? 0 : LONGEST_SECONDS;
    for (Record record : answer.answers()) {
      seconds = Math.min(seconds, record.getTTL());
    }
    if (denial) {
      for (Record record : answer.authority()) {
        if (record instanceof SOARecord soa) {
          seconds = Math.min(LONGEST_DENIAL_SECONDS, Math.min(soa.getTTL(), soa.getMinimum()));
        }
      }
    }
    return seconds;
  }
}
