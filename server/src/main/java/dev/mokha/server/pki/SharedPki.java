package dev.mokha.server.pki;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.Json;
import dev.mokha.store.CompareFailedException;
import dev.mokha.store.Entry;
import dev.mokha.store.Store;
import dev.mokha.store.Transaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.node.ObjectNode;

/**
 * The authorities of a cluster of several servers and the keys of what is encrypted in the store,
 * which all servers must have alike.
 *
 * <p>The first server makes them as any server does, and a secret, {@code join.secret} beside them.
 * It keeps the authorities in the cluster's store, encrypted with that secret (AES-256-GCM), so
 * that who can read the store still can't vouch for anybody. A further server is given a copy of
 * the secret once and takes the rest from the store. Its own certificates it makes itself.
 *
 * <pre>
 * value in the store: format:1 (1), nonce:12, encrypted JSON object from file name to text
 * join.secret:        32 random bytes in base64url
 * </pre>
 */
public final class SharedPki {
  /** The name of the secret's file. */
  public static final String SECRET_FILE = "join.secret";

  private static final String KEY = "/mokha.dev/pki";
  private static final byte FORMAT = 1;
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;
  private static final int ATTEMPTS = 5;

  private final Store store;
  private final PkiDirectory files;
  private final Path directory;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  private SharedPki(Store store, Path directory, Clock clock) {
    this.store = requireNonNull(store);
    this.directory = directory.toAbsolutePath().normalize();
    this.files = new PkiDirectory(this.directory);
    this.clock = requireNonNull(clock);
  }

  /**
   * Opens the directory with the cluster's authorities in it: those of the store if it has any,
   * else those of the directory, which are made if there are none.
   *
   * @throws PkiException when the secret is missing or wrong, or the directory belongs to another
   *     cluster
   */
  public static ClusterPki open(Store store, Path directory, Clock clock) {
    SharedPki shared = new SharedPki(store, directory, clock);
    try {
      return shared.open();
    } catch (GeneralSecurityException e) {
      throw new PkiException("the cluster's keys can't be encrypted: " + e.getMessage(), e);
    }
  }

  /**
   * Keeps the secret that a further server is given.
   *
   * @throws PkiException when it is none
   */
  public static void keepSecret(Path directory, String text) {
    PkiDirectory files = new PkiDirectory(directory.toAbsolutePath().normalize());
    byte[] unused = secret(text, "what was given");
    files.write(SECRET_FILE, text.strip() + "\n");
  }

  private ClusterPki open() throws GeneralSecurityException {
    for (int attempt = 1; ; attempt++) {
      Optional<Entry> stored = store.get(KEY);
      boolean founds = stored.isEmpty() && !files.has("ca.pem");
      Map<String, String> known =
          stored.isPresent() ? take(decrypt(secret(), stored.get().value())) : Map.of();
      ClusterPki pki = ClusterPki.open(directory, clock, Optional.of(this));
      var unused = pki.encryptionKeys();
      Map<String, String> own = pki.sharedFiles();
      if (own.equals(known)) {
        return pki;
      }
      // The first server, or one of a newer version, which has authorities that the others lack.
      if (stored.isEmpty() && !files.has(SECRET_FILE)) {
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        files.write(
            SECRET_FILE, Base64.getUrlEncoder().withoutPadding().encodeToString(secret) + "\n");
      }
      try {
        store.commit(
            Transaction.update(
                KEY, stored.map(Entry::modRevision).orElse(0L), encrypt(secret(), own)));
        return pki;
      } catch (CompareFailedException e) {
        if (founds) {
          remove(own);
          throw new PkiException(
              "another server founded the cluster in this moment; copy its %s here and start again"
                  .formatted(SECRET_FILE),
              e);
        }
        if (attempt == ATTEMPTS) {
          throw new PkiException("the cluster's keys change all the time; start again", e);
        }
      }
    }
  }

  /** A file's text as the servers share it now. */
  Optional<String> find(String name) {
    try {
      Optional<Entry> stored = store.get(KEY);
      return stored.isEmpty()
          ? Optional.empty()
          : Optional.ofNullable(decrypt(secret(), stored.get().value()).get(name));
    } catch (GeneralSecurityException e) {
      throw new PkiException("the cluster's keys can't be read: " + e.getMessage(), e);
    }
  }

  /**
   * Changes a file for all servers; those that run take it when they need it, the others when they
   * start.
   *
   * @return the new text, which the store has by now
   */
  String change(String name, UnaryOperator<String> change) {
    try {
      for (int attempt = 1; ; attempt++) {
        Entry stored =
            store
                .get(KEY)
                .orElseThrow(() -> new PkiException("the cluster's keys left the store", null));
        Map<String, String> files = decrypt(secret(), stored.value());
        String text = change.apply(files.get(name));
        files.put(name, text);
        try {
          store.commit(Transaction.update(KEY, stored.modRevision(), encrypt(secret(), files)));
          return text;
        } catch (CompareFailedException e) {
          if (attempt == ATTEMPTS) {
            throw new PkiException("the cluster's keys change all the time; try again", e);
          }
        }
      }
    } catch (GeneralSecurityException e) {
      throw new PkiException("the cluster's keys can't be changed: " + e.getMessage(), e);
    }
  }

  /** Of a foundation that came too late nothing may stay: it would be taken for this cluster's. */
  private void remove(Map<String, String> own) {
    try {
      for (String name : own.keySet()) {
        Files.deleteIfExists(files.file(name));
      }
      Files.deleteIfExists(files.file(SECRET_FILE));
    } catch (IOException e) {
      throw new PkiException("%s can't be emptied: %s".formatted(directory, e.getMessage()), e);
    }
  }

  private byte[] secret() {
    if (!files.has(SECRET_FILE)) {
      throw new PkiException(
          "the store holds a cluster already, and its join secret is not here; copy %s from the data directory of one of its servers (pki/%s) and give it with --join-secret"
              .formatted(SECRET_FILE, SECRET_FILE),
          null);
    }
    return secret(files.read(SECRET_FILE), files.file(SECRET_FILE).toString());
  }

  private static byte[] secret(String text, String where) {
    try {
      byte[] secret = Base64.getUrlDecoder().decode(text.strip());
      if (secret.length == 32) {
        return secret;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new PkiException(
        "%s is not a join secret; copy it again from another server".formatted(where), null);
  }

  /** Writes what the directory lacks; the store is right where both have something. */
  private Map<String, String> take(Map<String, String> stored) {
    String authority = stored.get("ca.crt");
    if (files.has("ca.crt") && !files.read("ca.crt").equals(authority)) {
      throw new PkiException(
          "the keys in %s are those of another cluster than the one in the store; choose another data directory or another prefix in the store"
              .formatted(directory),
          null);
    }
    stored.forEach(
        (name, text) -> {
          if (!name.matches("[a-z][a-z.-]*")) {
            throw new PkiException("not a file of the cluster's keys: " + name, null);
          }
          if (!files.has(name) || !files.read(name).equals(text)) {
            files.write(name, text);
          }
        });
    return stored;
  }

  private byte[] encrypt(byte[] secret, Map<String, String> shared)
      throws GeneralSecurityException {
    ObjectNode tree = Json.MAPPER.createObjectNode();
    shared.forEach(tree::put);
    byte[] nonce = new byte[NONCE];
    random.nextBytes(nonce);
    byte[] text = cipher(Cipher.ENCRYPT_MODE, secret, nonce).doFinal(Json.bytes(tree));
    return ByteBuffer.allocate(1 + NONCE + text.length).put(FORMAT).put(nonce).put(text).array();
  }

  private static Map<String, String> decrypt(byte[] secret, byte[] value)
      throws GeneralSecurityException {
    if (value.length < 1 + NONCE || value[0] != FORMAT) {
      throw new PkiException(
          "the cluster's keys in the store have a format that this program does not know; start the"
              + " version that wrote them",
          null);
    }
    byte[] nonce = new byte[NONCE];
    ByteBuffer in = ByteBuffer.wrap(value, 1, value.length - 1).get(nonce);
    byte[] text = new byte[in.remaining()];
    in.get(text);
    try {
      Map<String, String> shared = new TreeMap<>();
      Json.parseObject(cipher(Cipher.DECRYPT_MODE, secret, nonce).doFinal(text))
          .properties()
          .forEach(e -> shared.put(e.getKey(), e.getValue().asString("")));
      return shared;
    } catch (AEADBadTagException e) {
      throw new PkiException(
          "the join secret is not that of the cluster in the store; copy it again from one of its"
              + " servers",
          e);
    }
  }

  private static Cipher cipher(int mode, byte[] secret, byte[] nonce)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(secret, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(KEY.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  /** Files of an authority, and of what signs tokens. */
  static final List<String> SHARED =
      List.of(
          "ca.pem",
          "ca.crt",
          "front-proxy-ca.pem",
          "front-proxy-ca.crt",
          "service-account.key",
          "service-account.pub",
          "encryption.keys");
}
