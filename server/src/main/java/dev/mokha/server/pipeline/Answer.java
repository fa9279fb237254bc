package dev.mokha.server.pipeline;

import dev.mokha.server.rest.ServedResource;
import dev.mokha.server.storage.Lists;
import dev.mokha.server.storage.ObjectWatch;
import dev.mokha.server.storage.StoredObject;
import java.time.Duration;
import tools.jackson.databind.node.ObjectNode;

/** What a call gave, before it is encoded. */
public sealed interface Answer {
  /** The HTTP status. */
  default int code() {
    return 200;
  }

  /**
   * A stored object.
   *
   * @param code 200, or 201 when it was created
   * @param as the version it was asked for in
   * @param object the object
   */
  record One(int code, ServedResource as, StoredObject object) implements Answer {}

  /**
   * Anything else that is one object: a Status, a Scale, a review.
   *
   * @param code the HTTP status
   * @param tree with apiVersion and kind
   */
  record Tree(int code, ObjectNode tree) implements Answer {}

  /**
   * A list.
   *
   * @param as the version it was asked for in
   * @param page the objects
   * @param continueToken empty on the last page
   */
  record Many(ServedResource as, Lists.Page page, String continueToken) implements Answer {}

  /**
   * A watch that has begun.
   *
   * @param as the version it was asked for in
   * @param watch its place
   * @param bookmarks whether the client wants bookmarks
   * @param initialEnd whether a bookmark must mark the end of the initial events
   * @param timeout when the server ends it
   */
  record Events(
      ServedResource as, ObjectWatch watch, boolean bookmarks, boolean initialEnd, Duration timeout)
      implements Answer {}

  /**
   * A connection to somewhere else, into which the client's is to be spliced.
   *
   * @param host where to
   * @param port where to
   * @param tls whether with TLS and the server's own client certificate
   * @param path path and query there
   */
  record Tunnel(String host, int port, boolean tls, String path) implements Answer {}
}
