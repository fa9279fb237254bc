/**
 * The store on disk, embedded: RocksDB below {@link dev.mokha.store.journal.JournaledStore}.
 *
 * <p>Start with {@link dev.mokha.store.rocks.RocksStore}. A data directory holds
 *
 * <pre>
 * FORMAT   the format number, alone in the file
 * LOCK     locked while a process uses the directory; holds its pid
 * db/      RocksDB's files: "base", every key at the compacted revision; "log", the revisions
 *          after it, each once, with only the new values; "default", the compacted revision
 * native/  RocksDB's library, unpacked once
 * </pre>
 */
package dev.mokha.store.rocks;
