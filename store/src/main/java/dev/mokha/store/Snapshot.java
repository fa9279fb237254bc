package dev.mokha.store;

import java.util.List;

/**
 * Entries as they all were at one revision.
 *
 * @param revision the revision
 * @param entries in key order
 */
public record Snapshot(long revision, List<Entry> entries) {}
