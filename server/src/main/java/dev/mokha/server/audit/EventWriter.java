package dev.mokha.server.audit;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.server.audit.AuditEvent.Moment;
import dev.mokha.server.authentication.UserInfo;
import dev.mokha.server.authentication.UserTree;
import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.RequestTarget;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Turns events into {@code Event} objects of {@code audit.k8s.io/v1}. */
final class EventWriter {
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private EventWriter() {}

  /** One event as one line of JSON, without the line's end. */
  static byte[] line(Moment moment) {
    return Json.bytes(tree(moment));
  }

  static ObjectNode tree(Moment moment) {
    AuditEvent e = moment.event();
    ObjectNode out = Json.MAPPER.createObjectNode();
    out.put("kind", "Event").put("apiVersion", "audit.k8s.io/v1");
    out.put("level", e.choice().level().text());
    out.put("auditID", e.origin().id());
    out.put("stage", moment.stage().text());
    out.put("requestURI", e.origin().uri());
    out.put("verb", e.verb());
    out.set("user", user(e.user()));
    if (e.impersonated() != null) {
      out.set("impersonatedUser", user(e.impersonated()));
    }
    if (!e.origin().sourceIps().isEmpty()) {
      ArrayNode ips = out.putArray("sourceIPs");
      e.origin().sourceIps().forEach(ips::add);
    }
    if (!e.origin().userAgent().isEmpty()) {
      out.put("userAgent", e.origin().userAgent());
    }
    if (e.target().resourceRequest()) {
      out.set("objectRef", reference(e));
    }
    if (moment.stage() != AuditStage.REQUEST_RECEIVED) {
      out.set("responseStatus", status(e, moment));
      if (e.request() != null) {
        out.set("requestObject", object(e.request(), e));
      }
      if (e.choice().level().includes(AuditLevel.REQUEST_RESPONSE)) {
        response(out, e);
      }
    }
    out.put("requestReceivedTimestamp", time(e.received()));
    out.put("stageTimestamp", time(moment.at()));
    if (moment.stage() != AuditStage.REQUEST_RECEIVED && !e.annotations().isEmpty()) {
      ObjectNode annotations = out.putObject("annotations");
      e.annotations().forEach(annotations::put);
    }
    return out;
  }

  private static String time(Instant instant) {
    return MICROS.format(instant);
  }

  private static ObjectNode user(UserInfo user) {
    return UserTree.of(user);
  }

  private static ObjectNode reference(AuditEvent e) {
    RequestTarget t = e.target();
    ObjectNode out = Json.MAPPER.createObjectNode();
    put(out, "resource", t.resource());
    put(out, "namespace", t.namespace());
    put(out, "name", t.name().isEmpty() ? e.name() : t.name());
    if (e.answer() instanceof Answer.One one && !e.verb().equals("get")) {
      put(out, "uid", one.object().object().uid());
    }
    put(out, "apiGroup", t.group());
    put(out, "apiVersion", t.version());
    put(out, "subresource", t.subresource());
    return out;
  }

  private static void put(ObjectNode out, String field, String value) {
    if (!value.isEmpty()) {
      out.put(field, value);
    }
  }

  private static ObjectNode status(AuditEvent e, Moment moment) {
    StatusException failure = e.failure();
    if (failure == null) {
      ObjectNode status = Json.MAPPER.createObjectNode();
      status.putObject("metadata");
      return status.put("code", moment.code());
    }
    ObjectNode status = failure.toStatus();
    status.remove("kind");
    status.remove("apiVersion");
    return status;
  }

  private static void response(ObjectNode out, AuditEvent e) {
    if (e.failure() != null) {
      out.set("responseObject", e.failure().toStatus());
      return;
    }
    switch (e.answer()) {
      case Answer.One one ->
          out.set("responseObject", object(one.as().view(one.object()).json(), e));
      case Answer.Tree tree -> out.set("responseObject", tree.tree());
      case Answer.Many many -> out.set("responseObject", list(many, e));
      case null, default -> {
        // A watch's events and a connection's bytes are not kept.
      }
    }
  }

  private static ObjectNode list(Answer.Many many, AuditEvent e) {
    ObjectNode list = Json.MAPPER.createObjectNode();
    list.put("kind", many.as().type().kind() + "List");
    list.put("apiVersion", many.as().type().gvr().groupVersion());
    list.putObject("metadata").put("resourceVersion", Long.toString(many.page().revision()));
    ArrayNode items = list.putArray("items");
    many.page().items().forEach(o -> items.add(object(many.as().view(o).json(), e)));
    return list;
  }

  private static JsonNode object(byte[] json, AuditEvent e) {
    JsonNode tree = Json.MAPPER.readTree(json);
    if (e.choice().omitManagedFields() && tree.path("metadata") instanceof ObjectNode metadata) {
      metadata.remove("managedFields");
    }
    return tree;
  }
}
