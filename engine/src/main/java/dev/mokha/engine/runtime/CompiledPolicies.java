package dev.mokha.engine.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * System call policies in the form the kernel takes. To compile one takes crun half of the time of
 * a container's making, and most containers have the same; so what it made of a policy once is kept
 * in memory and given to it the next time (its annotation run.oci.seccomp_bpf_data).
 */
public final class CompiledPolicies {
  /** How an annotation begins that crun obeys: for the engine alone, see OciSpec. */
  static final String CRUN = "run.oci.";

  private static final Logger log = LoggerFactory.getLogger(CompiledPolicies.class);
  private static final String ANNOTATION = CRUN + "seccomp_bpf_data";
  private static final String SECCOMP = "seccomp";

  /** A kernel's instruction (struct sock_filter), and as many as it takes (BPF_MAXINSNS). */
  private static final int INSTRUCTION = 8;

  private static final int MAX_BYTES = 4096 * INSTRUCTION;
  private static final int KEPT = 32;

  private final boolean used;
  private final Path stateDir;
  private final Map<String, String> known =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
          return size() > KEPT;
        }
      };

  /**
   * None is known yet.
   *
   * @param used whether the runtime is crun; others don't know compiled ones
   * @param stateDir where it keeps what it made
   */
  CompiledPolicies(boolean used, Path stateDir) {
    this.used = used;
    this.stateDir = stateDir;
  }

  /**
   * Puts the compiled policy in the place of the written one, where it is known.
   *
   * @param config the whole config.json
   * @return the policy that the runtime will compile, to be kept with {@link #learn}
   */
  public Optional<String> apply(ObjectNode config) {
    JsonNode policy = config.path("linux").path(SECCOMP);
    if (!used || !policy.isObject() || policy.has("flags") || policy.has("listenerPath")) {
      return Optional.empty();
    }
    String text = policy.toString();
    String compiled;
    synchronized (known) {
      compiled = known.get(text);
    }
    if (compiled == null) {
      return Optional.of(text);
    }
    config.path("linux").asObject().remove(SECCOMP);
    config.withObjectProperty("annotations").put(ANNOTATION, compiled);
    return Optional.empty();
  }

  /** Keeps what the runtime made of a policy for a container that is there. */
  public void learn(String policy, String id) {
    try {
      byte[] compiled = Files.readAllBytes(stateDir.resolve(id).resolve("seccomp.bpf"));
      if (compiled.length > 0
          && compiled.length <= MAX_BYTES
          && compiled.length % INSTRUCTION == 0) {
        synchronized (known) {
          known.put(policy, Base64.getEncoder().encodeToString(compiled));
        }
      }
    } catch (IOException e) {
      log.debug("The runtime compiles each policy anew", e);
    }
  }
}
