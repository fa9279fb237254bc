package dev.mokha.registry.access;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Something that a token is asked for or grants (Docker's token scope documentation): {@code
 * repository:team/app:pull,push}.
 *
 * @param type {@code repository} or {@code registry}
 * @param name the repository, or {@code catalog}
 * @param actions such as {@code pull}
 */
public record Scope(String type, String name, Set<String> actions) {
  /** Copies the actions. */
  public Scope {
    requireNonNull(type, "type");
    requireNonNull(name, "name");
    actions = Set.copyOf(actions);
  }

  /** Of a repository. */
  public static Scope repository(String name, Action... actions) {
    Set<String> words = new TreeSet<>();
    for (Action action : actions) {
      words.add(action.word());
    }
    return new Scope("repository", name, words);
  }

  /** To see which repositories there are. */
  public static Scope catalog() {
    return new Scope("registry", "catalog", Set.of("*"));
  }

  /** Reads one; empty when it is none. A name may have colons, as of a host with a port. */
  public static Optional<Scope> parse(String text) {
    int first = text.indexOf(':');
    int last = text.lastIndexOf(':');
    if (first <= 0 || last <= first + 1) {
      return Optional.empty();
    }
    String type = text.substring(0, first).replaceFirst("\\(.*\\)$", "");
    Set<String> actions = new TreeSet<>();
    for (String action : text.substring(last + 1).split(",", -1)) {
      if (!action.isBlank()) {
        actions.add(action.strip());
      }
    }
    return Optional.of(new Scope(type, text.substring(first + 1, last), actions));
  }

  /** Reads several, each parameter with one or more between blanks. */
  public static List<Scope> parseAll(List<String> parameters) {
    List<Scope> scopes = new ArrayList<>();
    for (String parameter : parameters) {
      for (String part : parameter.split(" ", -1)) {
        parse(part).ifPresent(scopes::add);
      }
    }
    return scopes;
  }

  /** Whether it grants an action on a repository. */
  boolean grants(Action action, String repository) {
    return type.equals("repository") && name.equals(repository) && actions.contains(action.word());
  }

  @Override
  public String toString() {
    return type + ":" + name + ":" + String.join(",", new TreeSet<>(actions));
  }
}
