package dev.mokha.server.pki;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** The texts of a PKI by their names: files of a directory, or nowhere but in memory. */
sealed interface PkiFiles permits PkiDirectory, PkiMemory {
  /** Where a text is, for messages. */
  Path file(String name);

  /** Whether there is such a text. */
  boolean has(String name);

  /** A text that exists. */
  String read(String name);

  /** Replaces a text, whole. */
  void write(String name, String text);

  /** What {@code NAME.pem} holds: the chain, then the key, so that both are replaced at once. */
  default Optional<KeyAndCertificates> readPair(String name) {
    if (!has(name + ".pem")) {
      return Optional.empty();
    }
    String text = read(name + ".pem");
    int key = text.indexOf("-----BEGIN PRIVATE KEY-----");
    try {
      List<X509Certificate> chain = Pem.readCertificates(key < 0 ? text : text.substring(0, key));
      return Optional.of(new KeyAndCertificates(Pem.readPrivateKey(text), chain));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new PkiException(
          "%s is damaged: %s; restore it from a backup, or remove it to have a new one made"
              .formatted(file(name + ".pem"), e.getMessage()),
          e);
    }
  }

  /** Writes {@code NAME.pem}. */
  default void writePair(String name, KeyAndCertificates pair) throws GeneralSecurityException {
    write(name + ".pem", Pem.certificates(pair.chain()) + Pem.privateKey(pair.key()));
  }
}
