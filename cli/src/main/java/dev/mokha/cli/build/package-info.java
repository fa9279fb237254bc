/**
 * {@code mokha build}: sends a directory to the engine and shows what becomes of it. Start with
 * {@link dev.mokha.cli.build.BuildCommand}.
 */
package dev.mokha.cli.build;
