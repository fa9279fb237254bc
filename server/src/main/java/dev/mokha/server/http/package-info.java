/**
 * The network face: TLS, HTTP/1.1 and HTTP/2, what a request says and how an answer is written.
 *
 * <p>Start with {@link dev.mokha.server.http.HttpFace} (the listener) and {@link
 * dev.mokha.server.http.RequestHandler} (one request).
 */
package dev.mokha.server.http;
