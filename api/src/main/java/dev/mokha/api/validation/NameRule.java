package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.List;
import java.util.function.Function;

/** What the objects of a kind may be called. */
enum NameRule {
  SUBDOMAIN(Names::dns1123Subdomain),
  LABEL(Names::dns1123Label),
  LABEL_1035(Names::dns1035Label),
  PATH_SEGMENT(Names::pathSegment);

  private final Function<String, List<String>> rule;

  NameRule(Function<String, List<String>> rule) {
    this.rule = rule;
  }

  /** What is wrong with the name. */
  List<String> check(String name) {
    return rule.apply(name);
  }

  /** What is wrong with the beginning of a name to be generated: it may end in a dash. */
  List<String> checkPrefix(String prefix) {
    return rule.apply(prefix.endsWith("-") ? prefix.replaceAll("-$", "a") : prefix);
  }
}
