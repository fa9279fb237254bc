package dev.mokha.server.admission.matching;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.api.selector.LabelSelector;
import dev.mokha.server.admission.AdmissionRequest;
import dev.mokha.server.admission.AdmissionRequest.Operation;
import dev.mokha.server.storage.ObjectReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which requests are meant: the rules, the match policy and the selectors of one webhook, policy or
 * binding, compiled. What does not depend on the single object is found once per kind of request
 * and kept, as long as what is served stays the same.
 */
public final class MatchCriteria {
  private static final String NAMESPACES = "namespaces";

  private final List<ResourceRule> rules;
  private final List<ResourceRule> excluded;
  private final boolean anyResource;
  private final boolean equivalent;
  private final LabelSelector namespaces;
  private final LabelSelector objects;
  private final ServedKinds kinds;
  private volatile Found found = new Found(-1, Map.of());

  /** What was found while {@link ServedKinds#number} was this. */
  private record Found(long number, Map<Question, Candidates> answers) {}

  private record Question(Operation operation, GroupVersionResource resource, String subresource) {}

  /** The rules that mean a kind of request, each with the form it means, in order. */
  private record Candidates(List<Candidate> rules, List<ResourceRule> excluded) {
    static final Candidates NONE = new Candidates(List.of(), List.of());
  }

  private record Candidate(ResourceRule rule, Form form) {}

  private MatchCriteria(JsonNode config, String rules, boolean anyWithoutRules, ServedKinds kinds) {
    this.rules = rules(config.path(rules));
    this.excluded = rules(config.path("excludeResourceRules"));
    this.anyResource = anyWithoutRules && this.rules.isEmpty();
    this.equivalent = !config.path("matchPolicy").asString("").equals("Exact");
    this.namespaces = selector(config.path("namespaceSelector"));
    this.objects = selector(config.path("objectSelector"));
    this.kinds = requireNonNull(kinds, "kinds");
  }

  /** Of an entry of {@code webhooks}. */
  public static MatchCriteria ofWebhook(JsonNode webhook, ServedKinds kinds) {
    return new MatchCriteria(webhook, "rules", false, kinds);
  }

  /** Of a policy's {@code matchConstraints}. */
  public static MatchCriteria ofPolicy(JsonNode matchConstraints, ServedKinds kinds) {
    return new MatchCriteria(matchConstraints, "resourceRules", false, kinds);
  }

  /** Of a binding's {@code matchResources}; without rules it means all that its policy means. */
  public static MatchCriteria ofBinding(JsonNode matchResources, ServedKinds kinds) {
    return new MatchCriteria(matchResources, "resourceRules", true, kinds);
  }

  private static List<ResourceRule> rules(JsonNode list) {
    List<ResourceRule> rules = new ArrayList<>(list.size());
    list.forEach(r -> rules.add(ResourceRule.of(r)));
    return List.copyOf(rules);
  }

  private static LabelSelector selector(JsonNode selector) {
    return selector.isObject() ? LabelSelector.ofObject(selector) : LabelSelector.EVERYTHING;
  }

  /** The operation and resource of the request are meant: the form in which; names count too. */
  public Optional<Form> find(AdmissionRequest request) {
    Candidates candidates = candidates(request);
    if (candidates.rules.isEmpty()) {
      return Optional.empty();
    }
    for (ResourceRule rule : candidates.excluded) {
      if (rule.meansName(request.name())) {
        return Optional.empty();
      }
    }
    for (Candidate candidate : candidates.rules) {
      if (candidate.rule == null || candidate.rule.meansName(request.name())) {
        return Optional.of(candidate.form);
      }
    }
    return Optional.empty();
  }

  /** False when no request of this operation and resource can be meant. */
  public boolean mayMean(AdmissionRequest request) {
    return !candidates(request).rules.isEmpty();
  }

  private Candidates candidates(AdmissionRequest request) {
    Found known = found;
    long number = kinds.number();
    if (known.number != number) {
      known = new Found(number, new ConcurrentHashMap<>());
      found = known;
    }
    Question question =
        new Question(request.operation(), request.type().gvr(), request.subresource());
    Candidates answer = known.answers.get(question);
    if (answer == null) {
      answer = ask(request);
      known.answers.put(question, answer);
    }
    return answer;
  }

  private Candidates ask(AdmissionRequest request) {
    ResourceType type = request.type();
    List<ResourceType> others = equivalent ? kinds.equivalents(type) : List.of();
    List<Candidate> meaning = new ArrayList<>();
    if (anyResource) {
      meaning.add(new Candidate(null, new Form(type, request.kind())));
    }
    for (ResourceRule rule : rules) {
      if (means(rule, request, type)) {
        meaning.add(new Candidate(rule, new Form(type, request.kind())));
      }
    }
    // What means the request as it is goes before what means it in another form.
    for (ResourceRule rule : rules) {
      for (ResourceType other : others) {
        if (!means(rule, request, type) && means(rule, request, other)) {
          meaning.add(new Candidate(rule, new Form(other, kindOf(request, other))));
          break;
        }
      }
    }
    if (meaning.isEmpty()) {
      return Candidates.NONE;
    }
    List<ResourceRule> excluding = new ArrayList<>();
    for (ResourceRule rule : excluded) {
      if (means(rule, request, type) || others.stream().anyMatch(o -> means(rule, request, o))) {
        excluding.add(rule);
      }
    }
    return new Candidates(List.copyOf(meaning), List.copyOf(excluding));
  }

  private static boolean means(ResourceRule rule, AdmissionRequest request, ResourceType type) {
    return rule.means(request.operation(), type.gvr(), request.subresource(), type.namespaced());
  }

  private static GroupVersionKind kindOf(AdmissionRequest request, ResourceType other) {
    return other
        .subresource(request.subresource())
        .map(ResourceType.Subresource::kind)
        .orElse(other.gvk());
  }

  /**
   * Whether the selectors choose the request: its namespace's labels, and the labels of its object,
   * before or after.
   *
   * @throws StatusException {@code NotFound} when its namespace does not exist
   */
  public boolean chosen(AdmissionRequest request, ObjectReader reader) {
    return chosenByNamespace(request, reader) && chosenByLabels(request);
  }

  private boolean chosenByNamespace(AdmissionRequest request, ObjectReader reader) {
    boolean namespaceItself = isNamespace(request);
    if (namespaces.isEverything() || (request.namespace().isEmpty() && !namespaceItself)) {
      return true;
    }
    boolean newer =
        namespaceItself
            && request.subresource().isEmpty()
            && (request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE);
    if (newer) {
      return namespaces.matches(labels(request.object()));
    }
    KubeObject namespace =
        reader
            .find("", NAMESPACES, "", request.namespace())
            .orElseThrow(() -> StatusException.notFound("", NAMESPACES, request.namespace()));
    return namespaces.matches(namespace.labels());
  }

  private static boolean isNamespace(AdmissionRequest request) {
    return request.type().gvr().group().isEmpty()
        && request.type().gvr().resource().equals(NAMESPACES);
  }

  private boolean chosenByLabels(AdmissionRequest request) {
    if (objects.isEverything()) {
      return true;
    }
    return (request.object() != null && objects.matches(labels(request.object())))
        || request.oldObject().map(o -> objects.matches(o.labels())).orElse(false);
  }

  private static Map<String, String> labels(ObjectNode object) {
    Map<String, String> labels = new HashMap<>();
    object
        .path("metadata")
        .path("labels")
        .properties()
        .forEach(e -> labels.put(e.getKey(), e.getValue().asString("")));
    return labels;
  }
}
