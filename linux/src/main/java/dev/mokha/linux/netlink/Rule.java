package dev.mokha.linux.netlink;

import static java.util.Objects.requireNonNull;

/**
 * A rule that says which packets look up which routing table (ip-rule(8)).
 *
 * @param priority lower ones come first
 * @param to destinations; null for all
 * @param incoming link's name; {@code lo} for what this host itself sends; empty for all
 * @param table routing table
 * @param protocol who made it
 */
public record Rule(int priority, Prefix to, String incoming, int table, int protocol) {
  /** Refuses nulls. */
  public Rule {
    requireNonNull(incoming, "incoming");
  }
}
