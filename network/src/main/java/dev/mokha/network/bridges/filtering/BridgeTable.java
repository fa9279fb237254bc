package dev.mokha.network.bridges.filtering;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.nftables.Nftables;
import dev.mokha.linux.nftables.NftablesException;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table in the kernel. Each owner (a network, a sandbox's ports) has its elements, no two the
 * same one; a change is one transaction. Safe for many threads.
 */
public final class BridgeTable implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BridgeTable.class);

  private final Nftables nftables;
  private final BridgeLayout layout;
  private final Map<String, Entries> byOwner = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();

  /** A table of the namespace in which this is called; {@link #replaceAll} makes it. */
  public BridgeTable(BridgeLayout layout) {
    this.layout = requireNonNull(layout, "layout");
    this.nftables = new Nftables();
  }

  /** Gives an owner the elements it wants now, in place of those it had. */
  public void update(String owner, Entries wanted) {
    lock.lock();
    try {
      Entries before = byOwner.getOrDefault(owner, new Entries());
      Entries removed = before.without(wanted);
      Entries added = wanted.without(before);
      keep(owner, wanted);
      if (removed.isEmpty() && added.isEmpty()) {
        return;
      }
      StringBuilder out = new StringBuilder();
      append(out, "delete element ", removed);
      append(out, "add element ", added);
      try {
        nftables.run(out.toString());
      } catch (NftablesException e) {
        LOG.warn(
            "The table {} is not as it was left and is set up again: {}",
            layout.name(),
            e.getMessage());
        replaceAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes down what an owner wants, for a later {@link #replaceAll}. */
  public void note(String owner, Entries wanted) {
    lock.lock();
    try {
      keep(owner, wanted);
    } finally {
      lock.unlock();
    }
  }

  /** Brings the table in the kernel to what owners want, whatever is there. */
  public void replaceAll() {
    lock.lock();
    try {
      StringBuilder elements = new StringBuilder();
      for (BridgeSet set : BridgeSet.values()) {
        elements.append("flush ").append(set.word()).append(' ');
        elements.append(layout.qualified()).append(' ').append(set.title()).append('\n');
      }
      Entries all = new Entries();
      byOwner.values().forEach(all::addAll);
      append(elements, "add element ", all);
      try {
        nftables.run(layout.commands() + elements);
      } catch (NftablesException e) {
        // A set of another type from another version: only a new table helps, in one transaction.
        LOG.warn("The table {} is made anew: {}", layout.name(), e.getMessage());
        nftables.run(deletion() + layout.commands() + elements);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether the table is there; someone may have flushed all rules of the host. */
  public boolean isInstalled() {
    return nftables.list("list tables inet").contains("\"name\": \"" + layout.name() + "\"");
  }

  /** Removes the table. */
  public void delete() {
    nftables.run(deletion());
  }

  private String deletion() {
    // Deleting what is not there is an error, so that it is made first.
    return "add table " + layout.qualified() + "\ndelete table " + layout.qualified() + "\n";
  }

  private void keep(String owner, Entries wanted) {
    if (wanted.isEmpty()) {
      byOwner.remove(owner);
    } else {
      byOwner.put(owner, wanted);
    }
  }

  private void append(StringBuilder out, String command, Entries entries) {
    for (BridgeSet set : BridgeSet.values()) {
      Map<String, String> elements = entries.in(set);
      if (!elements.isEmpty()) {
        StringJoiner list = new StringJoiner(", ", " { ", " }\n");
        elements.forEach((key, value) -> list.add(set.element(key, value)));
        out.append(command).append(layout.qualified()).append(' ').append(set.title()).append(list);
      }
    }
  }

  @Override
  public void close() {
    nftables.close();
  }
}
