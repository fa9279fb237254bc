package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which images may be pulled, by whomever. Without rules, every one.
 *
 * <p>Rules are tried in order and the first that fits an image's name decides; a name that none
 * fits is refused. So {@code [signed("registry.example/team/*", key), allowed("docker.io/*")]}
 * means: the team's images only signed, those of Docker Hub as they are, no others.
 *
 * @param rules in order
 */
public record ImagePolicy(List<Rule> rules) {
  /** Every image may be pulled. */
  public static final ImagePolicy NONE = new ImagePolicy(List.of());

  /**
   * What holds for some images.
   *
   * @param names a registry and a path below it, {@code registry.example/team/app}; with a star as
   *     the last component, all below; {@code *} for every image
   * @param keys whoever signed an image with one of these (cosign's format) is trusted; none when
   *     no signature is wanted
   */
  public record Rule(String names, List<PublicKey> keys) {
    /** Copies the keys. */
    public Rule {
      requireNonNull(names);
      keys = List.copyOf(keys);
    }

    boolean fits(Reference name) {
      if (names.equals("*")) {
        return true;
      }
      return names.endsWith("/*")
          ? name.name().startsWith(names.substring(0, names.length() - 1))
          : name.name().equals(names);
    }
  }

  /** Copies the rules. */
  public ImagePolicy {
    rules = List.copyOf(rules);
  }

  /** Images that may be pulled as they are. */
  public static Rule allowed(String names) {
    return new Rule(names, List.of());
  }

  /** Images that must be signed. */
  public static Rule signed(String names, PublicKey... keys) {
    if (keys.length == 0) {
      throw new IllegalArgumentException("No key can have signed what is named " + names);
    }
    return new Rule(names, List.of(keys));
  }

  /**
   * The rule for an image; empty when there are no rules at all.
   *
   * @throws EngineException UNAUTHORIZED when none fits it
   */
  public Optional<Rule> rule(Reference name) {
    if (rules.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        rules.stream()
            .filter(rule -> rule.fits(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new EngineException(
                        EngineException.Code.UNAUTHORIZED,
                        "The image policy of this machine does not allow images from "
                            + name.name())));
  }

  /**
   * Why no container may be made from an image that was pulled; empty when one may. One name that
   * is in order is enough.
   *
   * @param origins the names with digest it was pulled by, each with the fingerprint of the key
   *     whose signature was verified; empty for none
   */
  public Optional<String> refusal(Map<String, String> origins) {
    if (rules.isEmpty()) {
      return Optional.empty();
    }
    String unsigned = "";
    for (Map.Entry<String, String> origin : origins.entrySet()) {
      Reference name = Reference.parse(origin.getKey());
      Optional<Rule> rule = rules.stream().filter(r -> r.fits(name)).findFirst();
      if (rule.isEmpty()) {
        continue;
      }
      boolean proven =
          rule.get().keys().stream()
              .map(ImagePolicy::fingerprint)
              .anyMatch(origin.getValue()::equals);
      if (rule.get().keys().isEmpty() || proven) {
        return Optional.empty();
      }
      unsigned = name.name();
    }
    return Optional.of(
        unsigned.isEmpty()
            ? "The image policy of this machine does not allow images from "
                + String.join(
                    ", ",
                    origins.keySet().stream().map(o -> Reference.parse(o).name()).sorted().toList())
            : "The image policy of this machine wants "
                + unsigned
                + " signed, and it was pulled before that was verified; pull it again");
  }

  /** Names a key: the SHA-256 of its encoding (RFC 5280, SubjectPublicKeyInfo), in hexadecimal. */
  public static String fingerprint(PublicKey key) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * Reads a policy: one rule a line, {@code allow NAMES} or {@code signed NAMES KEYFILE...}, where
   * a key file holds a public key as {@code cosign generate-key-pair} writes it. Empty lines and
   * those that begin with # say nothing.
   *
   * @throws EngineException INVALID with the line that is wrong
   */
  public static ImagePolicy read(Path file) {
    List<Rule> rules = new ArrayList<>();
    try {
      List<String> lines = Files.readAllLines(file);
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i).strip();
        if (line.isEmpty() || line.startsWith("#")) {
          continue;
        }
        List<String> words = List.of(line.split("\\s+"));
        if (words.size() == 2 && words.getFirst().equals("allow")) {
          rules.add(allowed(words.get(1)));
        } else if (words.size() > 2 && words.getFirst().equals("signed")) {
          List<PublicKey> keys = new ArrayList<>();
          for (String key : words.subList(2, words.size())) {
            keys.add(key(Files.readString(file.resolveSibling(key))));
          }
          rules.add(new Rule(words.get(1), keys));
        } else {
          throw new EngineException(
              EngineException.Code.INVALID,
              file
                  + ", line "
                  + (i + 1)
                  + ": a rule is \"allow NAMES\" or \"signed NAMES KEYFILE...\"");
        }
      }
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INVALID, "The image policy can't be read: " + e.getMessage(), e);
    }
    if (rules.isEmpty()) {
      throw new EngineException(
          EngineException.Code.INVALID,
          file + " has no rule; \"allow *\" is the policy that allows every image");
    }
    return new ImagePolicy(rules);
  }

  /**
   * A public key in PEM: ECDSA or Ed25519 (RFC 7468, section 13).
   *
   * @throws EngineException INVALID when it is none
   */
  public static PublicKey key(String pem) {
    String body =
        pem.replaceAll("(?s).*-----BEGIN PUBLIC KEY-----(.*)-----END PUBLIC KEY-----.*", "$1")
            .replaceAll("\\s", "");
    try {
      X509EncodedKeySpec spec = new X509EncodedKeySpec(Base64.getDecoder().decode(body));
      for (String algorithm : List.of("EC", "Ed25519")) {
        try {
          return KeyFactory.getInstance(algorithm).generatePublic(spec);
        } catch (GeneralSecurityException other) {
          continue; // it may be of the next kind
        }
      }
    } catch (IllegalArgumentException notBase64) {
      // said below
    }
    throw new EngineException(
        EngineException.Code.INVALID, "A public key must be ECDSA or Ed25519, in PEM");
  }
}
