package dev.mokha.docker.http;

import static java.util.Objects.requireNonNull;

import java.util.Set;

/**
 * What a request is about to do, in the words access is decided by.
 *
 * @param verb {@code get}, {@code list}, {@code create}, {@code update}, {@code delete}, or what is
 *     done with a thing: {@code start}, {@code exec}, {@code pull}
 * @param resource {@code containers}, {@code images}, {@code volumes}, {@code networks}, {@code
 *     system}, {@code build}, {@code registries}
 * @param namespace the namespace of the thing; empty for none, or the caller's own
 * @param name the thing's name or id as it was called; empty for none
 * @param image the image it is made from or names; empty for none
 * @param powers what of the host it asks for, see {@link Power}
 */
public record Action(
    String verb, String resource, String namespace, String name, String image, Set<Power> powers) {
  /** What gives a container a hold on the host. */
  public enum Power {
    /** Everything. */
    PRIVILEGED,
    /** A directory of the host. */
    HOST_PATH,
    /** The host's network. */
    HOST_NETWORK,
    /** The host's processes. */
    HOST_PID,
    /** The host's System V IPC and message queues. */
    HOST_IPC,
    /** The host's name. */
    HOST_UTS,
    /** The host's user ids although the engine would map them. */
    HOST_USERS,
    /** The host's tree of cgroups. */
    HOST_CGROUP,
    /** A device of the host. */
    DEVICE,
    /** More capabilities than the usual. */
    CAPABILITIES,
    /** Seccomp, AppArmor, SELinux or masked paths off or other than the usual. */
    UNCONFINED,
    /** A parent cgroup of the caller's choice, or a protection from the kernel's memory killer. */
    RESOURCES
  }

  /** Nothing may be null. */
  public Action {
    requireNonNull(verb);
    requireNonNull(resource);
    requireNonNull(namespace);
    requireNonNull(name);
    requireNonNull(image);
    powers = Set.copyOf(powers);
  }

  /** One about a kind of things as a whole. */
  public static Action of(String verb, String resource) {
    return new Action(verb, resource, "", "", "", Set.of());
  }

  /** One about a thing. */
  public static Action of(String verb, String resource, String namespace, String name) {
    return new Action(verb, resource, namespace, name, "", Set.of());
  }
}
