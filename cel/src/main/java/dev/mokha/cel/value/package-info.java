/**
 * The values of expressions. Strings, numbers, booleans, lists, maps, instants and durations are
 * Java's own; here is what Java lacks, views of JSON as such values, and {@link
 * dev.mokha.cel.value.Values}, which compares and converts them all.
 */
package dev.mokha.cel.value;
