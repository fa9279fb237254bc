package dev.mokha.server.crd;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.server.webhook.WebhookClient;
import dev.mokha.server.webhook.WebhookFailure;
import dev.mokha.server.webhook.WebhookTarget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The strategy {@code Webhook}: a server outside converts ({@code ConversionReview} of
 * apiextensions.k8s.io). It may change everything but who an object is; of the metadata only labels
 * and annotations.
 */
final class WebhookConverter implements VersionConverter {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String GROUP = "apiextensions.k8s.io/";
  private static final List<String> REVIEWS = List.of("v1", "v1beta1");

  private final WebhookClient client;
  private final JsonNode webhook;
  private final String reviewVersion;

  /**
   * A converter.
   *
   * @param webhook {@code spec.conversion.webhook}
   */
  WebhookConverter(WebhookClient client, JsonNode webhook) {
    this.client = requireNonNull(client, "client");
    this.webhook = requireNonNull(webhook, "webhook");
    // Its first choice of those that we know.
    this.reviewVersion =
        Definition.texts(webhook.path("conversionReviewVersions")).stream()
            .filter(REVIEWS::contains)
            .findFirst()
            .orElse("");
  }

  @Override
  public List<ObjectNode> convert(List<ObjectNode> objects, String apiVersion) {
    GroupVersionKind first =
        GroupVersionKind.of(text(objects.get(0), "apiVersion"), text(objects.get(0), "kind"));
    String webhookFor =
        "conversion webhook for %s/%s, Kind=%s"
            .formatted(first.group(), first.version(), first.kind());
    if (reviewVersion.isEmpty()) {
      throw failed(webhookFor + " failed: no supported conversion review versions");
    }
    String uid = UUID.randomUUID().toString();
    ObjectNode review = Json.MAPPER.createObjectNode();
    review.put("kind", "ConversionReview").put("apiVersion", GROUP + reviewVersion);
    ObjectNode request = review.putObject("request");
    request.put("uid", uid).put("desiredAPIVersion", apiVersion);
    objects.forEach(request.putArray("objects")::add);
    ArrayNode converted = call(webhookFor, review, uid);
    if (converted.size() != objects.size()) {
      throw failed(
          "%s returned %d objects, expected %d"
              .formatted(webhookFor, converted.size(), objects.size()));
    }
    List<ObjectNode> all = new ArrayList<>(objects.size());
    for (int i = 0; i < objects.size(); i++) {
      String wrong = problem(objects.get(i), converted.get(i), apiVersion);
      if (wrong == null && converted.get(i) instanceof ObjectNode object) {
        wrong = restoreMetadata(objects.get(i), object);
        all.add(object);
      }
      if (wrong != null) {
        throw failed(
            "%s returned invalid converted object at index %d: %s".formatted(webhookFor, i, wrong));
      }
    }
    return all;
  }

  private ArrayNode call(String webhookFor, ObjectNode review, String uid) {
    JsonNode answer;
    try {
      byte[] bytes =
          client.post(
              WebhookTarget.of(webhook.path("clientConfig")),
              Json.bytes(review),
              TIMEOUT,
              WebhookClient.MOST_BYTES);
      answer = Json.MAPPER.readTree(bytes);
    } catch (WebhookFailure | JacksonException e) {
      throw failed(webhookFor + " failed: " + e.getMessage());
    }
    String kind = text(answer, "kind");
    String version = text(answer, "apiVersion");
    if (!kind.equals("ConversionReview") || !version.equals(GROUP + reviewVersion)) {
      throw failed(
          "%s failed: expected webhook response of %s%s, Kind=ConversionReview, got %s, Kind=%s"
              .formatted(webhookFor, GROUP, reviewVersion, version, kind));
    }
    JsonNode response = answer.path("response");
    if (!response.isObject()) {
      throw failed(webhookFor + " failed: no response provided");
    }
    if (reviewVersion.equals("v1") && !text(response, "uid").equals(uid)) {
      throw failed(
          "%s failed: expected response.uid=\"%s\", got \"%s\""
              .formatted(webhookFor, uid, text(response, "uid")));
    }
    String status = response.path("result").path("status").asString("");
    if (!status.equals("Success")) {
      String message = response.path("result").path("message").asString("");
      throw failed(
          webhookFor
              + " failed: "
              + (message.isEmpty()
                  ? "response.result.status was '%s', not 'Success'".formatted(status)
                  : message));
    }
    return response.get("convertedObjects") instanceof ArrayNode list
        ? list
        : Json.MAPPER.createArrayNode();
  }

  /** What is wrong with a converted object; null when nothing is. */
  private static String problem(ObjectNode original, JsonNode converted, String apiVersion) {
    if (!text(converted, "apiVersion").equals(apiVersion)) {
      return "invalid groupVersion (expected %s, received %s)"
          .formatted(apiVersion, text(converted, "apiVersion"));
    }
    if (!text(converted, "kind").equals(text(original, "kind"))) {
      return "invalid kind (expected %s, received %s)"
          .formatted(text(original, "kind"), text(converted, "kind"));
    }
    if (!converted.has("metadata")) {
      return "missing metadata in converted object";
    }
    if (!converted.path("metadata").isObject()) {
      return "invalid metadata of type %s in converted object"
          .formatted(converted.path("metadata").getNodeType());
    }
    for (String field : List.of("name", "namespace", "uid")) {
      String was = text(original.path("metadata"), field);
      String is = text(converted.path("metadata"), field);
      if (!was.equals(is)) {
        return "must have the same %s: %s != %s"
            .formatted(field.equals("uid") ? "UID" : field, was, is);
      }
    }
    return null;
  }

  /** Takes labels and annotations from the converted object and all else from the original. */
  private static String restoreMetadata(ObjectNode original, ObjectNode converted) {
    JsonNode given = converted.path("metadata");
    ObjectNode metadata =
        original.get("metadata") instanceof ObjectNode m
            ? m.deepCopy()
            : Json.MAPPER.createObjectNode();
    for (String field : List.of("labels", "annotations")) {
      JsonNode values = given.path(field);
      if (values.isMissingNode() || values.isNull()) {
        metadata.remove(field);
        continue;
      }
      if (!values.isObject()) {
        return "invalid metadata.%s of type %s in converted object"
            .formatted(field, values.getNodeType());
      }
      for (var e : values.properties()) {
        if (!e.getValue().isString()) {
          return "metadata.%s[\"%s\"] must be a string, but is %s in converted object"
              .formatted(field, e.getKey(), e.getValue().getNodeType());
        }
      }
      metadata.set(field, values);
    }
    converted.set("metadata", metadata);
    return null;
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asString("");
  }

  private static StatusException failed(String message) {
    return new StatusException(StatusReason.INTERNAL_ERROR, message, StatusException.Details.NONE);
  }
}
