package dev.mokha.server.http;

import dev.mokha.server.audit.Audit;
import dev.mokha.server.audit.AuditEvent;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;

/** What the audit keeps of where a request came from. */
final class RequestOrigin {
  private static final String AUDIT_ID = "Audit-ID";
  private static final int LONGEST_ID = 64;

  private RequestOrigin() {}

  /** The request's id: the client's own, else a new one; the response names it. */
  static String id(HttpServerRequest request) {
    String own = request.getHeader(AUDIT_ID);
    String id = own == null || own.isEmpty() || own.length() > LONGEST_ID ? Audit.newId() : own;
    request.response().putHeader(AUDIT_ID, id);
    return id;
  }

  static AuditEvent.Origin of(HttpServerRequest request, String id) {
    List<String> ips = new ArrayList<>(2);
    String forwarded = request.getHeader("X-Forwarded-For");
    if (forwarded != null) {
      for (String ip : forwarded.split(",")) {
        add(ips, ip.trim());
      }
    }
    String real = request.getHeader("X-Real-Ip");
    if (real != null) {
      add(ips, real.trim());
    }
    SocketAddress remote = request.remoteAddress();
    if (remote != null && remote.hostAddress() != null) {
      add(ips, remote.hostAddress());
    }
    String agent = request.getHeader("User-Agent");
    return new AuditEvent.Origin(id, request.uri(), List.copyOf(ips), agent == null ? "" : agent);
  }

  private static void add(List<String> ips, String ip) {
    if (!ip.isEmpty() && !ips.contains(ip)) {
      ips.add(ip);
    }
  }
}
