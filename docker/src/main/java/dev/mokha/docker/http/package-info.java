/**
 * The HTTP side of the Docker Engine API, which is HTTP/1.1 with three peculiarities: connections
 * are hijacked (after a 101 both sides write plain bytes, and each may end its direction alone),
 * answers are streams of JSON lines, and who calls is known from the socket.
 *
 * <p>One virtual thread serves one connection, from reading a request to the last byte of its
 * answer, in blocking code. Nothing is handed to another thread, and back-pressure is the socket's
 * own. (Netty's NIO channels for Unix sockets can't be closed in one direction only, which {@code
 * docker run -i} needs, so the channels are the JDK's; the parser is Netty's.)
 *
 * <p>Worked example: one area of the API is one class with a table of {@link
 * dev.mokha.docker.http.Route}s.
 *
 * <pre>{@code
 * final class VolumeRoutes {
 *   List<Route> routes() {
 *     return List.of(
 *         Route.get("/volumes", this::list).as("list", "volumes"),
 *         Route.post("/volumes/create", this::create).as("create", "volumes"),
 *         Route.delete("/volumes/{name}", this::remove).as("delete", "volumes").since(1, 21));
 *   }
 *
 *   private void remove(Request request, Response response) {
 *     volumes.remove(request.path("name"), request.bool("force"));   // throws DockerException(404, ...)
 *     response.status(204);
 *   }
 * }
 * }</pre>
 *
 * <p>Start with {@link dev.mokha.docker.http.Router}, then {@link
 * dev.mokha.docker.http.HttpConnection}.
 */
package dev.mokha.docker.http;
