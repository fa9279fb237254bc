package dev.mokha.cel.library;

import dev.mokha.cel.value.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Functions by name, of which each takes the arguments it is for. */
final class Overloads {
  private record Overload(Class<?>[] parameters, Function function) {
    boolean takes(Object[] args) {
      if (args.length != parameters.length) {
        return false;
      }
      for (int i = 0; i < args.length; i++) {
        if (!parameters[i].isInstance(args[i])) {
          return false;
        }
      }
      return true;
    }
  }

  private final Map<String, List<Overload>> byName = new HashMap<>();

  /** Adds an overload for arguments of these classes. */
  void add(String name, Function function, Class<?>... parameters) {
    byName.computeIfAbsent(name, _ -> new ArrayList<>()).add(new Overload(parameters, function));
  }

  /** One function for each name. */
  Map<String, Function> functions() {
    Map<String, Function> functions = new HashMap<>();
    byName.forEach((name, overloads) -> functions.put(name, dispatch(overloads)));
    return Map.copyOf(functions);
  }

  private static Function dispatch(List<Overload> list) {
    Overload[] overloads = list.toArray(Overload[]::new);
    return args -> {
      for (Overload overload : overloads) {
        if (overload.takes(args)) {
          return overload.function.call(args);
        }
      }
      throw Values.noOverload();
    };
  }
}
