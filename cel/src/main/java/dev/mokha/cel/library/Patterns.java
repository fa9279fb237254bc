package dev.mokha.cel.library;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.mokha.cel.CelEvaluationException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Regular expressions of RE2's kind, which run in linear time; the latest are kept compiled. */
public final class Patterns {
  private static final int KEPT = 512;

  private static final Map<String, Pattern> COMPILED =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Pattern> eldest) {
          return size() > KEPT;
        }
      };

  private Patterns() {}

  /**
   * The compiled form of a regular expression.
   *
   * @throws CelEvaluationException when it is none
   */
  public static Pattern compile(String regex) {
    synchronized (COMPILED) {
      Pattern kept = COMPILED.get(regex);
      if (kept != null) {
        return kept;
      }
    }
    Pattern made;
    try {
      made = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new CelEvaluationException(e.getMessage());
    }
    synchronized (COMPILED) {
      COMPILED.put(regex, made);
    }
    return made;
  }
}
