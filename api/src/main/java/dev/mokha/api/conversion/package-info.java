/**
 * The same object in another served version: one pure function per pair of versions. Start with
 * {@link dev.mokha.api.conversion.Conversion}.
 */
package dev.mokha.api.conversion;
