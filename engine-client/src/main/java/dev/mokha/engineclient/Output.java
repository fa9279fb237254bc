package dev.mokha.engineclient;

/**
 * What a command did that has ended.
 *
 * @param exitCode its exit code
 * @param out what it wrote, as UTF-8
 * @param err its errors, as UTF-8
 */
public record Output(int exitCode, String out, String err) {}
