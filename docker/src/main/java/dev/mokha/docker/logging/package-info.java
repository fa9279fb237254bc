/**
 * Log drivers: what containers write, sent to receivers elsewhere.
 *
 * <p>A container's output always goes to a file first: conmon writes it, so that nothing is lost
 * while no daemon runs, and {@code docker logs} reads it whatever the driver is. A driver that
 * sends follows that file from a position that is remembered on disk ({@link
 * dev.mokha.docker.logging.LogShipping}). A daemon that is restarted or killed goes on where the
 * position says: each line is sent at least once, and those sent since the position was written are
 * sent again.
 *
 * <pre>{@code
 * drivers.kind("syslog").check(options);                 // when the container is created
 * LogDriver driver = drivers.kind("syslog").open(source, options);   // when it starts
 * driver.send(line);                                     // for each line, until it is taken
 * driver.close();
 * }</pre>
 *
 * <p>Begin with {@link dev.mokha.docker.logging.LogDriver}. The file's options (size, number) are
 * its owner's: here they are the {@code cache-} options of dockerd's dual logging.
 */
package dev.mokha.docker.logging;
