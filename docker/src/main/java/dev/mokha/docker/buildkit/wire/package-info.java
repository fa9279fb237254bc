/**
 * gRPC over connections that HTTP/1.1 gave away, in both directions, and protobuf without generated
 * code.
 *
 * <p>Netty does HTTP/2 and grpc-java the calls; both speak to an in-memory channel of Netty, whose
 * other end {@link dev.mokha.docker.buildkit.wire.Relay} joins with the connection's blocking
 * streams. {@link dev.mokha.docker.buildkit.wire.Message} is a message as its fields; names of
 * fields are in the code that uses them. Knows nothing of builds.
 *
 * <pre>{@code
 * Rpc.serve(duplex, Rpc.service("greeter.Greeter").unary("Hello", (request, call) ->
 *     Message.of().text(1, "Hello " + request.text(1)).build()).services());   // blocks
 * }</pre>
 */
package dev.mokha.docker.buildkit.wire;
