/**
 * BuildKit's protocol, as {@code docker buildx} and Compose 2 speak it with a dockerd: {@code POST
 * /grpc} and {@code POST /session} (Docker API 1.38 and later).
 *
 * <p>Both requests become raw connections of gRPC. Over {@code /grpc} the client calls us: what
 * builders there are, what the cache holds, and "solve this". Over {@code /session} we call the
 * client: for files of the context, secrets, credentials, SSH agents, and to hand results back. One
 * build is one of the first, with a {@code ref} the client chose, beside one of the second, with an
 * id of its own; they find each other by that id, and both belong to who opened them.
 *
 * <p>What {@code docker buildx build .} comes to:
 *
 * <pre>{@code
 * client                                          here
 * POST /grpc     Control.ListWorkers, Info    ->  Workers
 * POST /session  X-Docker-Expose-Session-Uuid ->  Sessions
 * Control.Solve(ref, session, exporters)      ->  Solves makes a Solve; waits for its result
 * Control.Status(ref)                         ->  its Vertices, until it ends
 * LLBBridge.Ping, Solve(dockerfile.v0, attrs) ->  DockerfileFrontend, over engine.build
 *     FileSync.DiffCopy(dir-name: dockerfile) <-      ... asks the session for files
 *     Auth.Credentials, Secrets.GetSecret     <-      ... and whatever steps need
 * LLBBridge.Return(result)                    ->  the Solve goes on: Exports
 *     FileSend.DiffCopy                       <-      ... for -o type=local
 * }</pre>
 *
 * <p>The builder behind is {@code engine.build}, which reads Dockerfiles; there is no interpreter
 * of LLB. What sends a graph of its own is refused with one sentence.
 *
 * <p>Packages: {@code wire} is gRPC over connections that HTTP gave away, and messages by field
 * number; {@code session} what the client is asked; {@code solve} builds, their progress and what
 * becomes of them. Start with {@link dev.mokha.docker.buildkit.BuildkitRoutes}, then {@code
 * solve.Solves}. Nothing of gRPC is loaded before the first such connection.
 */
package dev.mokha.docker.buildkit;
