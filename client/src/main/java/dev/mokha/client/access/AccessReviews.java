package dev.mokha.client.access;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks the API by SubjectAccessReview whether somebody may do something, and remembers the answer
 * for a short while: a right that is taken away goes on that long.
 */
public final class AccessReviews {
  private static final GroupVersionResource REVIEWS =
      new GroupVersionResource("authorization.k8s.io", "v1", "subjectaccessreviews");

  private final ApiClient client;
  private final Duration yes;
  private final Duration no;
  private final BriefCache<Answer> answers;

  private record Question(Subject subject, Deed deed) {}

  /**
   * An answer.
   *
   * @param allowed whether he may
   * @param reason why not, where the authorizer says so
   */
  public record Answer(boolean allowed, String reason) {}

  /**
   * Reviews through a client, whose user must be allowed to create SubjectAccessReviews.
   *
   * @param kept how long an answer is remembered
   */
  public AccessReviews(ApiClient client, Duration kept, InstantSource clock) {
    this(client, kept, kept, clock);
  }

  /**
   * Reviews through a client, whose user must be allowed to create SubjectAccessReviews.
   *
   * @param yes how long it is remembered that somebody may
   * @param no how long that he may not
   */
  public AccessReviews(ApiClient client, Duration yes, Duration no, InstantSource clock) {
    this.client = requireNonNull(client, "client");
    this.yes = requireNonNull(yes, "yes");
    this.no = requireNonNull(no, "no");
    this.answers = new BriefCache<>(clock);
  }

  /**
   * Whether he may.
   *
   * @throws StatusException when the API can't be asked; such a failure is not remembered
   */
  public Answer ask(Subject subject, Deed deed) {
    return answers.get(
        new Question(subject, deed),
        answer -> answer.allowed() ? yes : no,
        () -> review(subject, deed));
  }

  private Answer review(Subject subject, Deed deed) {
    ObjectNode body = Json.MAPPER.createObjectNode();
    body.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SubjectAccessReview");
    body.putObject("metadata");
    ObjectNode spec = body.putObject("spec");
    spec.put("user", subject.user());
    if (!subject.uid().isEmpty()) {
      spec.put("uid", subject.uid());
    }
    ArrayNode groups = spec.putArray("groups");
    subject.groups().forEach(groups::add);
    ObjectNode extra = spec.putObject("extra");
    for (Map.Entry<String, List<String>> e : subject.extra().entrySet()) {
      ArrayNode values = extra.putArray(e.getKey());
      e.getValue().forEach(values::add);
    }
    spec.putObject("resourceAttributes")
        .put("verb", deed.verb())
        .put("group", deed.group())
        .put("version", deed.version())
        .put("resource", deed.resource())
        .put("subresource", deed.subresource())
        .put("namespace", deed.namespace())
        .put("name", deed.name());
    JsonNode status =
        client.create(REVIEWS, "", "", "", KubeObject.of(body)).toTree().path("status");
    return new Answer(status.path("allowed").asBoolean(false), status.path("reason").asString(""));
  }
}
