package dev.mokha.docker.buildkit.session;

import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Map;

/**
 * What the client has for an address at the host {@code buildkit-session}, such as a tar from its
 * standard input: {@code moby.upload.v1.Upload}.
 */
public final class SessionUpload {
  /** The host of such addresses. */
  public static final String HOST = "buildkit-session";

  private static final String SERVICE = "moby.upload.v1.Upload";
  private static final String METHOD = "Pull";

  private SessionUpload() {}

  /** Takes it; it can be taken once. Closing gives up what was not read. */
  public static InputStream open(Session session, URI address) {
    return ByteStreams.in(
        session.converse(
            SERVICE,
            METHOD,
            Map.of("urlpath", List.of(address.getPath()), "urlhost", List.of(HOST))));
  }
}
