package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.List;

/** The rules for PersistentVolumeClaims and the claims that others make from templates. */
final class ClaimRules {
  private static final String[] ACCESS_MODES = {
    "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"
  };

  private ClaimRules() {}

  static void claim(Value claim) {
    spec(claim.at("spec"));
  }

  static void spec(Value spec) {
    Value modes = spec.at("accessModes");
    if (modes.isEmpty()) {
      modes.required("at least 1 access mode is required");
    }
    accessModes(modes);
    SelectorRules.check(spec.at("selector"));
    Value storage =
        spec.at("resources")
            .key("storage")
            .alias(spec.at("resources").at("requests").key("storage"));
    if (!storage.exists()) {
      storage.required();
    } else if (ResourceRules.amount(storage).signum() <= 0) {
      storage.invalid("must be greater than zero");
    }
    spec.at("storageClassName").keeps(Names::dns1123Subdomain);
    spec.at("volumeMode").oneOf("Block", "Filesystem");
    for (String source : List.of("dataSource", "dataSourceRef")) {
      if (spec.has(source)) {
        spec.at(source, "name").isRequired();
        spec.at(source, "kind").isRequired();
      }
    }
  }

  /** Shared with PersistentVolumes. */
  static void accessModes(Value modes) {
    boolean once = false;
    for (Value mode : modes.elements()) {
      modes.alias(mode).oneOf(ACCESS_MODES);
      once |= mode.is("ReadWriteOncePod");
    }
    if (once && modes.size() > 1) {
      modes.forbidden("may not use ReadWriteOncePod with other access modes");
    }
  }

  static void change(Value claim, Value old) {
    Value spec = claim.at("spec");
    Value before = old.at("spec");
    boolean binds = before.at("volumeName").isEmpty();
    for (var field : before.node().propertyNames()) {
      boolean free =
          switch (field) {
            case "resources", "volumeAttributesClassName" -> true;
            case "volumeName" -> binds;
            case "storageClassName" -> binds && before.at("storageClassName").isEmpty();
            default -> false;
          };
      if (!free && !spec.at(field).sameAs(before.at(field))) {
        refuse(spec);
        return;
      }
    }
    for (var field : spec.node().propertyNames()) {
      boolean free =
          switch (field) {
            case "resources", "volumeAttributesClassName" -> true;
            case "volumeName", "storageClassName" -> binds;
            default -> before.node().has(field);
          };
      if (!free && !before.node().has(field)) {
        refuse(spec);
        return;
      }
    }
    Value size = spec.at("resources").at("requests").key("storage");
    Value sizeBefore = before.at("resources").at("requests").key("storage");
    boolean smaller = ResourceRules.amount(size).compareTo(ResourceRules.amount(sizeBefore)) < 0;
    Value granted = old.at("status").at("capacity").key("storage");
    boolean tooSmall =
        !granted.exists()
            || ResourceRules.amount(size).compareTo(ResourceRules.amount(granted)) <= 0;
    if (smaller && tooSmall) {
      size.forbidden("field can not be less than status.capacity");
    } else if (!size.sameAs(sizeBefore) && !old.at("status", "phase").is("Bound")) {
      refuse(spec);
    }
  }

  private static void refuse(Value spec) {
    spec.forbidden(
        "spec is immutable after creation except resources.requests and"
            + " volumeAttributesClassName for bound claims");
  }
}
