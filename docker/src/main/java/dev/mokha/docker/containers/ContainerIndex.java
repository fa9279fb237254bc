package dev.mokha.docker.containers;

import dev.mokha.docker.http.DockerException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** The containers there are, by id and by name. A name belongs to one, from before it is made. */
final class ContainerIndex {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]+");
  private static final int ID_DIGITS = 64;

  private final ConcurrentHashMap<String, DockerContainer> byId = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, String> names = new ConcurrentHashMap<>();

  /** Whether a name is one that containers may have. */
  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** One that was found on the disk, with its name. */
  void adopt(DockerContainer container) {
    byId.put(container.id(), container);
    names.put(container.name(), container.id());
  }

  /** One that was made; its name was taken before. */
  void add(DockerContainer container) {
    byId.put(container.id(), container);
  }

  /** One that is gone; its name is free again. */
  void remove(String id, String name) {
    names.remove(name, id);
    byId.remove(id);
  }

  /** One whose name is still taken is gone. */
  void forget(String id) {
    byId.remove(id);
  }

  boolean has(String id) {
    return byId.containsKey(id);
  }

  /** The one of a whole id; null when there is none. */
  DockerContainer byId(String id) {
    return byId.get(id);
  }

  Collection<DockerContainer> all() {
    return byId.values();
  }

  /** All, the newest first. */
  List<DockerContainer> newestFirst() {
    List<DockerContainer> all = new ArrayList<>(byId.values());
    all.sort(Comparator.comparing((DockerContainer one) -> one.record().created()).reversed());
    return all;
  }

  /**
   * The container of a name, an id, or the beginning of an id that no other has; or nothing.
   *
   * @throws DockerException 400 when several ids begin so
   */
  Optional<DockerContainer> find(String reference) {
    DockerContainer exact = byId.get(reference);
    if (exact != null) {
      return Optional.of(exact);
    }
    String name = reference.startsWith("/") ? reference.substring(1) : reference;
    String id = names.get(name);
    if (id != null && byId.containsKey(id)) {
      return Optional.of(byId.get(id));
    }
    if (reference.isEmpty() || reference.length() > ID_DIGITS) {
      return Optional.empty();
    }
    DockerContainer found = null;
    for (DockerContainer container : byId.values()) {
      if (container.id().startsWith(reference)) {
        if (found != null) {
          throw DockerException.invalid("multiple IDs found with provided prefix: " + reference);
        }
        found = container;
      }
    }
    return Optional.ofNullable(found);
  }

  /** A name that nobody has. */
  String freeName() {
    return NameGenerator.next(names::containsKey);
  }

  /**
   * Takes a name for a container.
   *
   * @throws DockerException 409 when another has it
   */
  void takeName(String name, String id) {
    String holder = names.putIfAbsent(name, id);
    if (holder != null) {
      throw DockerException.conflict(
          "Conflict. The container name \"/"
              + name
              + "\" is already in use by container \""
              + holder
              + "\". You have to remove (or rename) that container to be able to reuse that"
              + " name.");
    }
  }

  /** Gives a name back. */
  void giveName(String name, String id) {
    names.remove(name, id);
  }
}
