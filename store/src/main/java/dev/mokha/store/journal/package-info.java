/**
 * What all stores of one process share: the index in memory, group commit, watches and compaction,
 * over a {@link dev.mokha.store.journal.Journal} that makes revisions last.
 *
 * <p>Start with {@link dev.mokha.store.journal.JournaledStore}. The latest values are held in a
 * persistent sorted map, so that a read or a list is one look at an immutable tree; the journal is
 * read only when the store opens and by watches that are far behind.
 */
package dev.mokha.store.journal;
