/** The store that forgets everything when the process ends: for tests. */
package dev.mokha.store.memory;
