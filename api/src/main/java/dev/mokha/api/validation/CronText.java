package dev.mokha.api.validation;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Whether a text is a cron schedule: five fields, or one of the names that stand for them. */
final class CronText {
  private static final int[][] BOUNDS = {{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 6}};
  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  private static final List<String> DAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");
  private static final List<String> NAMES =
      List.of("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly");

  private CronText() {}

  /** What is wrong with it; empty when nothing is. */
  static String check(String schedule) {
    if (schedule.startsWith("@")) {
      return NAMES.contains(schedule)
              || schedule.matches("@every ([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+")
          ? ""
          : "unrecognized descriptor: " + schedule;
    }
    String[] fields = schedule.strip().split("\\s+");
    if (fields.length != BOUNDS.length) {
      return "expected exactly 5 fields, found %d: %s"
          .formatted(fields.length, Arrays.toString(fields).replace(",", ""));
    }
    for (int i = 0; i < fields.length; i++) {
      for (String part : fields[i].split(",", -1)) {
        String wrong = part(part, i);
        if (!wrong.isEmpty()) {
          return wrong;
        }
      }
    }
    return "";
  }

  private static String part(String part, int field) {
    String[] rangeAndStep = part.split("/", -1);
    if (rangeAndStep.length > 2) {
      return "too many slashes: " + part;
    }
    if (rangeAndStep.length == 2 && number(rangeAndStep[1], -1) <= 0) {
      return "step of range should be a positive number: " + part;
    }
    if (rangeAndStep[0].equals("*") || rangeAndStep[0].equals("?")) {
      return "";
    }
    String[] ends = rangeAndStep[0].split("-", -1);
    if (ends.length > 2) {
      return "too many hyphens: " + part;
    }
    int first = number(ends[0], field);
    int last = number(ends[ends.length - 1], field);
    if (first < 0 || last < 0) {
      String word = first < 0 ? ends[0] : ends[ends.length - 1];
      return "failed to parse int from %1$s: strconv.Atoi: parsing \"%1$s\": invalid syntax"
          .formatted(word);
    }
    if (first < BOUNDS[field][0]) {
      return "beginning of range (%d) below minimum (%d): %s"
          .formatted(first, BOUNDS[field][0], part);
    }
    if (last > BOUNDS[field][1]) {
      return "end of range (%d) above maximum (%d): %s".formatted(last, BOUNDS[field][1], part);
    }
    return first > last
        ? "beginning of range (%d) beyond end of range (%d): %s".formatted(first, last, part)
        : "";
  }

  private static int number(String text, int field) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (field == 3 && MONTHS.contains(lower)) {
      return MONTHS.indexOf(lower) + 1;
    }
    if (field == 4 && DAYS.contains(lower)) {
      return DAYS.indexOf(lower);
    }
    boolean digits =
        !text.isEmpty() && text.length() < 9 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    return digits ? Integer.parseInt(text) : -1;
  }
}
