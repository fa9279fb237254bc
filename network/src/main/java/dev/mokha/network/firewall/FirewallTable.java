package dev.mokha.network.firewall;

import static java.util.Objects.requireNonNull;

import dev.mokha.linux.nftables.Nftables;
import dev.mokha.linux.nftables.NftablesException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An instance's table in the kernel. Every change is one transaction: traffic sees all of it or
 * nothing. Safe for many threads.
 */
public final class FirewallTable implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FirewallTable.class);
  private static final String GOTO = "goto ";

  private final Nftables nftables;
  private final TableLayout layout;
  private final Ledger ledger = new Ledger();
  private final Set<String> chains = new HashSet<>();
  private final ReentrantLock lock = new ReentrantLock();

  /** A table of the namespace in which this is called; {@link #install} makes it. */
  public FirewallTable(TableLayout layout) {
    this.layout = requireNonNull(layout, "layout");
    this.nftables = new Nftables();
  }

  /**
   * Makes the table, or brings the chains of an existing one to the layout; elements that are there
   * stay until {@link #replace}.
   */
  public void install() {
    lock.lock();
    try {
      chains.clear();
      try {
        nftables.run(layout.commands());
      } catch (NftablesException e) {
        // A map of another type from another version: only a new table helps, in one transaction.
        LOG.warn("The table {} is made anew: {}", layout.table(), e.getMessage());
        nftables.run(deletion() + layout.commands());
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether the table is there; someone may have flushed all rules of the host. */
  public boolean isInstalled() {
    return nftables.list("list tables ip").contains("\"name\": \"" + layout.table() + "\"");
  }

  /** Gives owners the elements they want now, in place of those they had. */
  public void update(Map<String, Elements> wanted) {
    lock.lock();
    try {
      Map<ElementMap, Ledger.Change> changes = ledger.update(wanted);
      if (changes.isEmpty()) {
        return;
      }
      StringBuilder out = new StringBuilder();
      Set<String> newChains = new HashSet<>();
      // Elements go before others come: a new value of a key is a removal and an addition.
      changes.forEach((map, change) -> remove(out, map, change.removed()));
      changes.forEach((map, change) -> add(out, map, change.added(), newChains));
      try {
        run(out, newChains);
      } catch (NftablesException e) {
        LOG.warn(
            "The table {} is not as it was left and is set up again: {}",
            layout.table(),
            e.getMessage());
        replaceAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Brings these maps in the kernel to what owners want, whatever is there. */
  public void replace(Collection<ElementMap> maps) {
    lock.lock();
    try {
      StringBuilder out = new StringBuilder();
      Set<String> newChains = new HashSet<>();
      for (ElementMap map : maps) {
        for (String title : map.titles()) {
          out.append("flush ").append(map.isSet() ? "set " : "map ");
          out.append(layout.qualified()).append(' ').append(title).append('\n');
        }
        add(out, map, ledger.all(map), newChains);
      }
      run(out, newChains);
    } finally {
      lock.unlock();
    }
  }

  /** The same with all maps, and with the table itself, should it be gone. */
  public void replaceAll() {
    lock.lock();
    try {
      install();
      replace(Set.of(ElementMap.values()));
    } finally {
      lock.unlock();
    }
  }

  /** Takes down what owners want, for a later {@link #replace}. */
  public void note(Map<String, Elements> wanted) {
    lock.lock();
    try {
      ledger.update(wanted);
    } finally {
      lock.unlock();
    }
  }

  /** The elements of a map that owners want. */
  public Map<String, String> wanted(ElementMap map) {
    lock.lock();
    try {
      return ledger.all(map);
    } finally {
      lock.unlock();
    }
  }

  /** Those who want anything. */
  public Set<String> owners() {
    lock.lock();
    try {
      return ledger.owners();
    } finally {
      lock.unlock();
    }
  }

  /** Which clients stay with which backend, as JSON of libnftables. */
  public String affinityListing() {
    return nftables.list("list map " + layout.qualified() + " affinity");
  }

  /** Lets clients go; keys as nft writes them. */
  public void forgetAffinity(Collection<String> keys) {
    for (String key : keys) {
      try {
        nftables.run("delete element " + layout.qualified() + " affinity { " + key + " }");
      } catch (NftablesException e) {
        // It has timed out meanwhile.
        LOG.debug("No more in the table: {}", key);
      }
    }
  }

  /** Removes the table. */
  public void delete() {
    nftables.run(deletion());
  }

  private String deletion() {
    // Deleting what is not there is an error, so that it is made first.
    return "add table " + layout.qualified() + "\ndelete table " + layout.qualified() + "\n";
  }

  private void run(StringBuilder elements, Set<String> newChains) {
    StringBuilder out = new StringBuilder();
    newChains.forEach(chain -> out.append(layout.chainCommands(chain)));
    nftables.run(out.append(elements).toString());
    chains.addAll(newChains);
  }

  private void remove(StringBuilder out, ElementMap map, Set<String> keys) {
    Map<String, StringJoiner> lists = new TreeMap<>();
    for (String key : keys) {
      list(lists, map.titleOf(key)).add(key);
    }
    append(out, "delete element ", lists);
  }

  private void add(
      StringBuilder out, ElementMap map, Map<String, String> elements, Set<String> newChains) {
    Map<String, StringJoiner> lists = new TreeMap<>();
    elements.forEach(
        (key, value) -> {
          list(lists, map.titleOf(key)).add(map.isSet() ? key : key + " : " + value);
          if (value.startsWith(GOTO)) {
            String chain = value.substring(GOTO.length());
            if (!chains.contains(chain)) {
              newChains.add(chain);
            }
          }
        });
    append(out, "add element ", lists);
  }

  private static StringJoiner list(Map<String, StringJoiner> lists, String title) {
    return lists.computeIfAbsent(title, t -> new StringJoiner(", ", " { ", " }\n"));
  }

  private void append(StringBuilder out, String command, Map<String, StringJoiner> lists) {
    lists.forEach(
        (title, list) ->
            out.append(command).append(layout.qualified()).append(' ').append(title).append(list));
  }

  @Override
  public void close() {
    nftables.close();
  }
}
