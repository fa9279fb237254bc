/**
 * Fuzz tests of everything that reads what strangers send: bodies in all encodings, patches,
 * selectors, quantities, paths, tokens, schemas, expressions, Dockerfiles and archives. Each {@link
 * dev.mokha.fuzz.Target} says which answers are right for bad input; anything else is a fault.
 *
 * <p>{@code fuzz/run TARGET} lets Jazzer look for new inputs, guided by coverage; the tests of this
 * module feed every target some thousand mutations of its seeds, the same ones at each run.
 */
package dev.mokha.fuzz;
