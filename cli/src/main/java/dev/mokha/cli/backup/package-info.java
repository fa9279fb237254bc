/**
 * A cluster in one file, and back: all objects at one revision of the store, the keys and
 * certificates, the settings. {@link dev.mokha.cli.backup.BackupFile} says what is in it.
 */
package dev.mokha.cli.backup;
