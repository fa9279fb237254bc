/**
 * HTTP/1.1 over a Unix or TLS socket, with connections that become plain streams in both
 * directions, which the JDK's own client does not have. Netty's codec reads and writes the
 * messages; the sockets are the JDK's, blocking. Start with {@link
 * dev.mokha.engineclient.http.Transport}.
 */
package dev.mokha.engineclient.http;
