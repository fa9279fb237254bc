/**
 * How threads and sockets of servers end. Start and end with {@link dev.mokha.network.ends.Ends}.
 */
package dev.mokha.network.ends;
