package dev.mokha.engine.build.checks;

/**
 * What a rule says of an instruction.
 *
 * @param line of the Dockerfile, from 1
 * @param detail what is not as it should be
 */
public record Warning(Rule rule, int line, String detail) {}
