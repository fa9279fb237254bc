package dev.mokha.engine.build.dockerfile;

import java.util.Collection;
import java.util.Locale;

/** What was perhaps meant by a word that nobody knows. */
public final class Suggestion {
  private static final int LIKE = 2;

  private Suggestion() {}

  /** {@code " (did you mean X?)"}; empty when nothing is near. */
  public static String of(String wrong, Collection<String> known) {
    String best = nearest(wrong, known);
    return best.isEmpty() ? "" : " (did you mean " + best + "?)";
  }

  /** The same of a variable: {@code " (did you mean $X?)"}. */
  public static String ofVariable(String wrong, Collection<String> known) {
    String best = nearest(wrong, known);
    return best.isEmpty() ? "" : " (did you mean $" + best + "?)";
  }

  private static String nearest(String wrong, Collection<String> known) {
    String best = "";
    int least = LIKE + 1;
    for (String word : known) {
      int distance = distance(wrong.toLowerCase(Locale.ROOT), word.toLowerCase(Locale.ROOT));
      if (distance < least) {
        least = distance;
        best = word;
      }
    }
    return best;
  }

  private static int distance(String a, String b) {
    if (Math.abs(a.length() - b.length()) > LIKE) {
      return LIKE + 1;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int same = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(same, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
