package dev.mokha.server.pki;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.encryption.KeyRing;
import dev.mokha.server.encryption.KeyRing.Key;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * The file {@code encryption.keys}: a line with its format, then a line {@code ID BASE64} for each
 * key, 32 random bytes. The first key writes, all of them read; lines that begin with {@code #} are
 * left out of account (and lost when a key is added).
 */
public final class EncryptionKeyFile {
  private static final String NAME = "encryption.keys";
  private static final String FORMAT = "mokha-encryption-keys 1";
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.BASIC_ISO_DATE.withZone(ZoneOffset.UTC);

  private final PkiDirectory files;
  private final Clock clock;
  private final KeyRing ring;

  EncryptionKeyFile(PkiDirectory files, Clock clock) {
    this.files = requireNonNull(files);
    this.clock = requireNonNull(clock);
    if (!files.has(NAME)) {
      write(List.of(newKey()));
    }
    this.ring = new KeyRing(parse());
  }

  static boolean isIn(PkiDirectory files) {
    return files.has(NAME);
  }

  /** The keys; the same ring shows those that are added later. */
  public KeyRing ring() {
    return ring;
  }

  /** Makes a new key that writes from now on. Those before it go on to read. */
  public synchronized Key rotate() {
    List<Key> keys = new ArrayList<>(parse());
    Key added = newKey();
    keys.add(0, added);
    // In the file first: what is written with a key must be readable after any crash.
    write(keys);
    ring.replace(keys);
    return added;
  }

  /** Forgets all keys but the first; for when nothing is stored with them any more. */
  public synchronized int dropOld() {
    List<Key> keys = parse();
    write(List.of(keys.get(0)));
    ring.replace(List.of(keys.get(0)));
    return keys.size() - 1;
  }

  private Key newKey() {
    byte[] secret = new byte[32];
    RANDOM.nextBytes(secret);
    byte[] suffix = new byte[4];
    RANDOM.nextBytes(suffix);
    return new Key(
        "aesgcm-" + DAY.format(clock.instant()) + "-" + HexFormat.of().formatHex(suffix), secret);
  }

  private void write(List<Key> keys) {
    StringBuilder text = new StringBuilder(FORMAT).append('\n');
    for (Key key : keys) {
      text.append(key.id()).append(' ');
      text.append(Base64.getEncoder().encodeToString(key.secret())).append('\n');
    }
    files.write(NAME, text.toString());
  }

  private List<Key> parse() {
    List<String> lines =
        files.read(NAME).lines().filter(l -> !l.isBlank() && !l.startsWith("#")).toList();
    if (lines.isEmpty() || !lines.get(0).strip().equals(FORMAT)) {
      throw new PkiException(
          "%s does not begin with '%s'; restore it from a backup, or start the version that wrote it"
              .formatted(files.file(NAME), FORMAT),
          null);
    }
    try {
      List<Key> keys = new ArrayList<>();
      for (String line : lines.subList(1, lines.size())) {
        String[] words = line.strip().split(" +");
        if (words.length != 2) {
          throw new IllegalArgumentException("a line is not of the form ID BASE64");
        }
        keys.add(new Key(words[0], Base64.getDecoder().decode(words[1])));
      }
      // Checks them all.
      return new KeyRing(keys).all();
    } catch (IllegalArgumentException e) {
      throw new PkiException(
          "%s is damaged: %s; restore it from a backup, for without its keys what they encrypted is lost"
              .formatted(files.file(NAME), e.getMessage()),
          e);
    }
  }
}
