package dev.mokha.server.admission.policies;

import dev.mokha.server.admission.matching.MatchCriteria;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * A binding of a policy, compiled.
 *
 * @param name its name
 * @param criteria which of the policy's requests it is for; null for all
 * @param paramRef which objects are the parameters; missing for none
 * @param actions {@code Deny}, {@code Warn}, {@code Audit}
 */
record Binding(String name, MatchCriteria criteria, JsonNode paramRef, Set<String> actions) {}
