package dev.mokha.store.journal;

import dev.mokha.store.StoreException;
import java.util.List;
import java.util.SortedMap;

/**
 * Keeps revisions: a base (every key's value at the compacted revision) and each revision after it.
 * It alone keeps values; whoever wants one asks for it.
 *
 * <p>Lifecycle: {@link #recover} once; then {@link #append} from the committer alone, while {@link
 * #read} and {@link #values} may come from many threads; {@link #compact} moves the base forward
 * and never runs at the same time as a read or another compaction; {@link #close} last.
 */
public interface Journal extends AutoCloseable {
  /**
   * What the journal holds.
   *
   * @param revision the latest revision
   * @param compacted the base's revision
   * @param keys every key at the latest revision, in {@link KeyOrder}
   */
  record Recovered(long revision, long compacted, SortedMap<String, Version> keys) {}

  /** A key with the revision at which it got the value that is meant. */
  record Located(String key, Version version) {}

  /** Reads everything. */
  Recovered recover();

  /**
   * Makes revisions last; they have survived a crash of the machine once this returns.
   *
   * @param revisions without previous values
   * @throws StoreException when they may not; nothing is appended afterwards
   */
  void append(List<Revision> revisions);

  /**
   * Reads revisions in order, beginning after one that is not below the compacted revision.
   *
   * @param after the first one read is the next
   * @param upTo none above this is read
   * @param max the most to read, at least 1
   * @param previous whether the events shall carry the values before
   */
  List<Revision> read(long after, long upTo, int max, boolean previous);

  /**
   * The values of keys, in the same order.
   *
   * @param wanted in {@link KeyOrder}; each the latest at some revision not below the compacted one
   */
  List<byte[]> values(List<Located> wanted);

  /** Makes that revision the base and forgets the ones up to it. */
  void compact(long revision);

  @Override
  void close();
}
