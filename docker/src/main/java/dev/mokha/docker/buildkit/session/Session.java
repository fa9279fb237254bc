package dev.mokha.docker.buildkit.session;

import dev.mokha.docker.buildkit.wire.ClientStream;
import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.docker.buildkit.wire.Peer;
import dev.mokha.docker.http.Caller;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A client that can be asked. It belongs to who opened it, and ends with its connection. */
public final class Session {
  private final String id;
  private final Caller owner;
  private final Set<String> methods;
  private final Peer peer;

  /**
   * A session.
   *
   * @param id as the client chose it
   * @param methods what it answers, as {@code /service/method} in small letters
   */
  Session(String id, Caller owner, Set<String> methods, Peer peer) {
    this.id = id;
    this.owner = owner;
    this.methods = Set.copyOf(methods);
    this.peer = peer;
  }

  /** Its id. */
  public String id() {
    return id;
  }

  Caller owner() {
    return owner;
  }

  /** Completes when it has ended. */
  public CompletableFuture<Void> over() {
    return peer.over();
  }

  static String method(String service, String method) {
    return ("/" + service + "/" + method).toLowerCase(Locale.ROOT);
  }

  /** Whether the client answers such calls. */
  boolean answers(String service, String method) {
    return methods.contains(method(service, method));
  }

  Message call(String service, String method, Message request)
      throws IOException, InterruptedException {
    return peer.call(service, method, request);
  }

  ClientStream converse(String service, String method, Map<String, List<String>> headers) {
    return peer.converse(service, method, headers);
  }
}
