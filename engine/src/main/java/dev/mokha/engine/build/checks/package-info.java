/**
 * What is not wrong in a Dockerfile but probably not meant: Docker's build checks (Docker's manual,
 * "Build checks"), with their names and texts. No I/O.
 *
 * <p>Start with {@link dev.mokha.engine.build.checks.BuildChecks}. May use {@code
 * engine.build.dockerfile} alone.
 */
package dev.mokha.engine.build.checks;
