/**
 * The functions that expressions can call: CEL's own and Kubernetes'. {@link
 * dev.mokha.cel.library.Library} holds them all, with their declarations for the type checker.
 */
package dev.mokha.cel.library;
