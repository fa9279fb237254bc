package dev.mokha.engine.runtime;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.Capability;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A system call policy that somebody wrote, in Docker's format or in OCI's, which is a part of it.
 * Docker's has rules that hold only on some machines or for containers with some capabilities
 * ({@code includes}, {@code excludes}) and names architectures by what the machine is ({@code
 * archMap}).
 *
 * <pre>{@code
 * SeccompProfile.parse(text).select(capabilities).ifPresent(policy -> linux.set("seccomp", policy));
 * }</pre>
 */
public final class SeccompProfile {
  private static final Set<String> ACTIONS =
      Set.of(
          "SCMP_ACT_KILL",
          "SCMP_ACT_KILL_PROCESS",
          "SCMP_ACT_KILL_THREAD",
          "SCMP_ACT_TRAP",
          "SCMP_ACT_ERRNO",
          "SCMP_ACT_TRACE",
          "SCMP_ACT_ALLOW",
          "SCMP_ACT_LOG",
          "SCMP_ACT_NOTIFY");

  private static final Set<String> OPERATORS =
      Set.of(
          "SCMP_CMP_NE",
          "SCMP_CMP_LT",
          "SCMP_CMP_LE",
          "SCMP_CMP_EQ",
          "SCMP_CMP_GE",
          "SCMP_CMP_GT",
          "SCMP_CMP_MASKED_EQ");

  /** What both formats have in common beside the rules. */
  private static final List<String> COMMON =
      List.of("defaultAction", "defaultErrnoRet", "flags", "listenerPath", "listenerMetadata");

  private final Machine machine;
  private final ObjectNode profile;

  private SeccompProfile(Machine machine, ObjectNode profile) {
    this.machine = requireNonNull(machine);
    this.profile = requireNonNull(profile);
  }

  /**
   * Reads a profile.
   *
   * @throws EngineException INVALID, with what is wrong in it
   */
  public static SeccompProfile parse(String text) {
    return parse(text, Machine.own());
  }

  static SeccompProfile parse(String text, Machine machine) {
    JsonNode node;
    try {
      node = JsonMapper.shared().readTree(text);
    } catch (JacksonException e) {
      throw invalid("Decoding seccomp profile failed: " + e.getOriginalMessage());
    }
    if (!node.isObject()) {
      throw invalid("Decoding seccomp profile failed: it is no JSON object");
    }
    SeccompProfile profile = new SeccompProfile(machine, node.asObject());
    profile.check();
    return profile;
  }

  private static EngineException invalid(String why) {
    return new EngineException(EngineException.Code.INVALID, why);
  }

  private void check() {
    if (isEmpty()) {
      return;
    }
    if (!profile.path("architectures").isEmpty() && !profile.path("archMap").isEmpty()) {
      throw invalid(
          "both 'architectures' and 'archMap' are specified in the seccomp profile, use either"
              + " 'architectures' or 'archMap'");
    }
    checkAction(profile.path("defaultAction"));
    for (JsonNode call : profile.path("syscalls")) {
      if (call.path("name").isString() && !call.path("names").isEmpty()) {
        throw invalid(
            "both 'name' and 'names' are specified in the seccomp profile, use either 'name' or"
                + " 'names'");
      }
      if (names(call).isEmpty()) {
        throw invalid("A rule of the seccomp profile names no system call");
      }
      checkAction(call.path("action"));
      for (JsonNode argument : call.path("args")) {
        int index = argument.path("index").asInt(0);
        if (index < 0 || index > 5) {
          throw invalid("A system call has no argument " + index + " (seccomp profile)");
        }
        if (!OPERATORS.contains(argument.path("op").asString(""))) {
          throw invalid(
              "There is no operator '" + argument.path("op").asString("") + "' (seccomp profile)");
        }
      }
    }
  }

  private static void checkAction(JsonNode action) {
    if (!ACTIONS.contains(action.asString(""))) {
      throw invalid("There is no action '" + action.asString("") + "' (seccomp profile)");
    }
  }

  private boolean isEmpty() {
    return profile.path("defaultAction").asString("").isEmpty()
        && profile.path("syscalls").isEmpty();
  }

  /** What holds on this machine for a container with these capabilities; empty for no policy. */
  Optional<ObjectNode> select(Set<Capability> capabilities) {
    if (isEmpty()) {
      return Optional.empty();
    }
    ObjectNode policy = JsonMapper.shared().createObjectNode();
    for (String field : COMMON) {
      if (profile.has(field)) {
        policy.set(field, profile.get(field));
      }
    }
    List<String> architectures = architectures();
    if (!architectures.isEmpty()) {
      OciSpec.strings(policy.putArray("architectures"), architectures);
    }
    ArrayNode calls = policy.putArray("syscalls");
    for (JsonNode call : profile.path("syscalls")) {
      if (holds(call.path("includes"), call.path("excludes"), capabilities)) {
        ObjectNode rule = calls.addObject();
        OciSpec.strings(rule.putArray("names"), names(call));
        rule.set("action", call.get("action"));
        if (call.path("errnoRet").isNumber()) {
          rule.set("errnoRet", call.get("errnoRet"));
        }
        if (!call.path("args").isEmpty()) {
          rule.set("args", call.get("args"));
        }
      }
    }
    return Optional.of(policy);
  }

  private List<String> architectures() {
    List<String> found = new ArrayList<>();
    profile.path("architectures").forEach(node -> found.add(node.asString("")));
    List<String> own = machine.seccompArchitectures();
    for (JsonNode entry : profile.path("archMap")) {
      String name = entry.path("architecture").asString("");
      if (!own.isEmpty() && own.getFirst().equals(name)) {
        found.add(name);
        entry.path("subArchitectures").forEach(node -> found.add(node.asString("")));
        break;
      }
    }
    return found;
  }

  private static List<String> names(JsonNode call) {
    List<String> names = new ArrayList<>();
    if (call.path("name").isString()) {
      names.add(call.path("name").asString());
    }
    call.path("names").forEach(name -> names.add(name.asString("")));
    return names;
  }

  /** A rule holds when all that it includes is so, and nothing that it excludes. */
  private boolean holds(JsonNode includes, JsonNode excludes, Set<Capability> capabilities) {
    if (words(excludes, "arches").contains(machine.architecture())
        || words(excludes, "caps").stream().anyMatch(name -> has(capabilities, name))
        || excludes.path("minKernel").isString() && hasKernel(excludes)) {
      return false;
    }
    List<String> arches = words(includes, "arches");
    return (arches.isEmpty() || arches.contains(machine.architecture()))
        && words(includes, "caps").stream().allMatch(name -> has(capabilities, name))
        && (!includes.path("minKernel").isString() || hasKernel(includes));
  }

  private boolean hasKernel(JsonNode condition) {
    try {
      return machine.hasKernel(condition.path("minKernel").asString());
    } catch (IllegalArgumentException e) {
      throw invalid("The seccomp profile's minKernel: " + e.getMessage());
    }
  }

  private static boolean has(Set<Capability> capabilities, String name) {
    return capabilities.stream().anyMatch(capability -> capability.fullName().equals(name));
  }

  private static List<String> words(JsonNode condition, String field) {
    List<String> words = new ArrayList<>();
    condition.path(field).forEach(word -> words.add(word.asString("")));
    return words;
  }
}
