package dev.mokha.server.aggregation;

import dev.mokha.server.aggregation.ApiService.Backend;
import dev.mokha.server.services.ServiceEndpoints.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/** How documents are read from extension servers, under the server's own name. */
public interface ExtensionServers {
  /** The user that this server is when it asks for itself. */
  String USER = "system:kube-aggregator";

  /**
   * What is wanted.
   *
   * @param path with its query
   * @param accept media types
   * @param etag what is known already; empty for nothing
   * @param mostBytes a longer answer is cut off and counts as a failure
   * @param patience for the whole answer
   */
  record Wish(String path, String accept, String etag, int mostBytes, Duration patience) {}

  /**
   * An answer.
   *
   * @param status HTTP status; 304 when what is known still holds
   * @param etag of the body; empty for none
   */
  record Document(int status, String etag, byte[] body) {}

  /**
   * Reads a document; blocks.
   *
   * @throws IOException when there is no answer in time, or too long a one
   */
  Document read(Backend server, Endpoint at, Wish wish) throws IOException, InterruptedException;

  /** Forgets connections to servers that are trusted by none of these any more. */
  void keepOnly(Set<ApiService.Trust> trusts);
}
