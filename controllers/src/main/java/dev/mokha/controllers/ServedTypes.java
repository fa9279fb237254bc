package dev.mokha.controllers;

import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.resource.ResourceType;
import java.util.List;

/** The resources whose objects can be listed and deleted, each once. */
public final class ServedTypes {
  private ServedTypes() {}

  /** All of them; a resource served in several versions or groups is named as it is stored. */
  public static List<ResourceType> deletable() {
    BuiltinResources builtin = BuiltinResources.get();
    return builtin.all().stream()
        .filter(t -> t.verbs().contains("delete") && t.verbs().contains("list"))
        .filter(t -> builtin.storedAs(t.gvr()).equals(t.gvr()))
        .toList();
  }
}
