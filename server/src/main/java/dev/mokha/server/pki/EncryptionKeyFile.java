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
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The file {@code encryption.keys}: a line with its format, then a line {@code ID BASE64} for each
 * key, 32 random bytes. The first key writes, all of them read; lines that begin with {@code #} are
 * left out of account (and lost when a key is added).
 *
 * <p>Servers that share a store have the file alike. One that adds a key gives it to the others,
 * through {@link SharedPki}, before it writes with it; they fetch it when they meet the first value
 * that needs it.
 */
public final class EncryptionKeyFile {
  private static final String NAME = "encryption.keys";
  private static final String FORMAT = "mokha-encryption-keys 1";
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.BASIC_ISO_DATE.withZone(ZoneOffset.UTC);

  private final PkiFiles files;
  private final Clock clock;
  private final Optional<SharedPki> shared;
  private final KeyRing ring;

  EncryptionKeyFile(PkiFiles files, Clock clock, Optional<SharedPki> shared) {
    this.files = requireNonNull(files);
    this.clock = requireNonNull(clock);
    this.shared = requireNonNull(shared);
    if (!files.has(NAME)) {
      files.write(NAME, text(List.of(newKey())));
    }
    this.ring = new KeyRing(parse(files.read(NAME)), this::fetch);
  }

  /** The keys; the same ring shows those that are added later. */
  public KeyRing ring() {
    return ring;
  }

  /** Makes a new key that writes from now on. Those before it go on to read. */
  public Key rotate() {
    Key added = newKey();
    change(
        keys -> {
          List<Key> all = new ArrayList<>(keys);
          all.add(0, added);
          return all;
        });
    return added;
  }

  /**
   * Forgets all keys but the first; for when nothing is stored with them any more.
   *
   * @throws IllegalStateException when other servers have the same keys: one of them may write with
   *     an old key still
   */
  public int dropOld() {
    if (shared.isPresent()) {
      throw new IllegalStateException("other servers may write with the old keys still");
    }
    int before = ring.all().size();
    change(keys -> List.of(keys.get(0)));
    return before - 1;
  }

  private void change(UnaryOperator<List<Key>> change) {
    if (shared.isPresent()) {
      take(shared.get().change(NAME, text -> text(change.apply(parse(text)))));
      return;
    }
    synchronized (this) {
      take(text(change.apply(parse(files.read(NAME)))));
    }
  }

  /** A value needs a key that is not here: another server may have made it. */
  private void fetch() {
    shared.flatMap(s -> s.find(NAME)).ifPresent(this::take);
  }

  private synchronized void take(String text) {
    List<Key> keys = parse(text);
    // In the file first: what is written with a key must be readable after any crash.
    if (!files.read(NAME).equals(text)) {
      files.write(NAME, text);
    }
    ring.replace(keys);
  }

  private Key newKey() {
    byte[] secret = new byte[32];
    RANDOM.nextBytes(secret);
    byte[] suffix = new byte[4];
    RANDOM.nextBytes(suffix);
    return new Key(
        "aesgcm-" + DAY.format(clock.instant()) + "-" + HexFormat.of().formatHex(suffix), secret);
  }

  private static String text(List<Key> keys) {
    StringBuilder text = new StringBuilder(FORMAT).append('\n');
    for (Key key : keys) {
      text.append(key.id()).append(' ');
      text.append(Base64.getEncoder().encodeToString(key.secret())).append('\n');
    }
    return text.toString();
  }

  private List<Key> parse(String text) {
    List<String> lines = text.lines().filter(l -> !l.isBlank() && !l.startsWith("#")).toList();
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
