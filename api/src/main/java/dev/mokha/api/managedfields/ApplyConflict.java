package dev.mokha.api.managedfields;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The failure of an apply that other managers' fields stand against. */
final class ApplyConflict {
  private ApplyConflict() {}

  /** From what each manager, by the name shown to clients, owns of what would change. */
  static StatusException of(Map<String, FieldSet> conflicts) {
    List<StatusCause> causes = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, FieldSet> conflict : conflicts.entrySet()) {
      text.append(text.isEmpty() ? "" : "\n");
      text.append("conflicts with ").append(conflict.getKey()).append(":");
      for (String path : conflict.getValue().paths()) {
        text.append("\n- ").append(path);
        causes.add(
            new StatusCause("FieldManagerConflict", "conflict with " + conflict.getKey(), path));
      }
    }
    String message =
        causes.size() == 1
            ? "Apply failed with 1 conflict: %s: %s"
                .formatted(causes.getFirst().message(), causes.getFirst().field())
            : "Apply failed with %d conflicts: %s".formatted(causes.size(), text);
    return new StatusException(
        StatusReason.CONFLICT, message, new StatusException.Details("", "", "", "", causes, 0));
  }
}
