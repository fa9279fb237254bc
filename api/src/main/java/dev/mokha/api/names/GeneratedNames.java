package dev.mokha.api.names;

import java.util.random.RandomGenerator;

/** Names for objects that ask for one with {@code metadata.generateName}. */
public final class GeneratedNames {
  /** Letters and digits that spell no words and are not mistaken for one another. */
  private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private static final int SUFFIX = 5;

  /** A generated name is a label at most, whatever the kind would allow. */
  private static final int LONGEST = 63;

  private final RandomGenerator random;

  /** With a source of chance; tests give a seeded one. */
  public GeneratedNames(RandomGenerator random) {
    this.random = random;
  }

  /** The base, cut where needed, and five characters of chance. */
  public String name(String base) {
    return base.substring(0, Math.min(base.length(), LONGEST - SUFFIX)) + suffix(SUFFIX);
  }

  /** So many characters of the safe alphabet. */
  public String suffix(int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return text.toString();
  }
}
