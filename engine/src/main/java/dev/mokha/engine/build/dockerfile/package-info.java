/**
 * The Dockerfile language: from text to {@link dev.mokha.engine.build.dockerfile.Instruction}s, and
 * the expansion of variables. No I/O; every error names the line.
 *
 * <p>The rules are those of the Dockerfile reference (docs.docker.com/reference/dockerfile), with
 * here-documents and the flags of syntax 1.7. Start with {@link
 * dev.mokha.engine.build.dockerfile.Dockerfile#parse}.
 */
package dev.mokha.engine.build.dockerfile;
