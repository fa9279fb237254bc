package dev.mokha.docker.containers;

import java.time.Instant;

/**
 * What of a log is wanted.
 *
 * @param since nothing before; null for no bound
 * @param until nothing after; null for no bound
 * @param tail how many of the last lines; -1 for all
 * @param timestamps whether each line begins with its time
 * @param details what each line begins with; null for nothing
 * @param follow whether to go on while the container runs
 */
record LogQuery(
    boolean stdout,
    boolean stderr,
    Instant since,
    Instant until,
    int tail,
    boolean timestamps,
    String details,
    boolean follow) {}
