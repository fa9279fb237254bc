package dev.mokha.engine.build.git;

/**
 * What a name of a remote means at this moment.
 *
 * @param id the commit, 40 hexadecimal digits; fewer when an abbreviation can only be resolved by
 *     fetching
 * @param ref the remote's full name for it; empty when it was asked for by its id
 */
public record GitCommit(String id, String ref) {}
