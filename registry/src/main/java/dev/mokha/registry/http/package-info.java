/**
 * The OCI distribution API, version 1.1, over HTTP.
 *
 * <p>A request's way: {@link dev.mokha.registry.http.RegistryServer} accepts it on an event loop
 * and hands it to a virtual thread; {@link dev.mokha.registry.http.Route} says what it is about;
 * the caller's right is asked; one of {@code BlobRequests}, {@code UploadRequests}, {@code
 * ManifestRequests} and {@code ListRequests} does it. Bodies come through {@link
 * dev.mokha.registry.http.IncomingBody}, which holds the sender back; files leave by sendfile. No
 * blob is ever in memory as a whole.
 */
package dev.mokha.registry.http;
