/** Binds pods to nodes. */
package dev.mokha.scheduler;
