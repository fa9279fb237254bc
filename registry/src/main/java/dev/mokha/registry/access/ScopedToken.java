package dev.mokha.registry.access;

import dev.mokha.api.object.Json;
import dev.mokha.registry.storage.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the token endpoint gives out: who it is, and what he may do until when, in a JSON Web Token
 * (RFC 7519) signed by HMAC-SHA256 with a key that only this registry has.
 *
 * @param identity of whoever asked for it
 * @param scopes what it grants
 * @param expires when it is no good any more
 */
record ScopedToken(Identity identity, List<Scope> scopes, Instant expires) {
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

  /** Any other algorithm is refused by comparing this whole. */
  private static final String HEAD =
      ENCODER.encodeToString(
          "{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8));

  /** Signs tokens and knows its own. */
  static final class Key {
    private static final int BYTES = 32;

    private final SecretKeySpec key;

    private Key(byte[] bytes) {
      key = new SecretKeySpec(bytes, "HmacSHA256");
    }

    /** Reads a key's file, and makes it if need be. */
    static Key open(Path file) throws IOException {
      if (!Files.exists(file)) {
        byte[] made = new byte[BYTES];
        new SecureRandom().nextBytes(made);
        Path half = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(half);
        try (FileChannel out =
            FileChannel.open(
                half,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")))) {
          ByteBuffer rest = ByteBuffer.wrap(made);
          while (rest.hasRemaining()) {
            out.write(rest);
          }
          out.force(true);
        }
        Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
      }
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length != BYTES) {
        throw new IOException(
            "the key in " + file + " is damaged; remove it, and clients will log in anew");
      }
      return new Key(bytes);
    }

    private byte[] sign(String text) {
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(key);
        return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every JDK has HMAC-SHA256", e);
      }
    }
  }

  /** The token in text. */
  String text(Key key) {
    ObjectNode claims = Json.MAPPER.createObjectNode();
    claims
        .put("iss", AccessControl.SERVICE)
        .put("aud", AccessControl.SERVICE)
        .put("sub", identity.user())
        .put("uid", identity.uid())
        .put("exp", expires.getEpochSecond());
    ArrayNode groups = claims.putArray("groups");
    identity.groups().forEach(groups::add);
    ObjectNode extra = claims.putObject("extra");
    identity
        .extra()
        .forEach((name, values) -> values.forEach(extra.withArray("/" + escape(name))::add));
    ArrayNode access = claims.putArray("access");
    for (Scope scope : scopes) {
      ObjectNode one = access.addObject().put("type", scope.type()).put("name", scope.name());
      new TreeSet<>(scope.actions()).forEach(one.putArray("actions")::add);
    }
    String signed = HEAD + "." + ENCODER.encodeToString(Json.bytes(claims));
    return signed + "." + ENCODER.encodeToString(key.sign(signed));
  }

  /** RFC 6901. */
  private static String escape(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  /** Whether a text looks like one of these tokens, ours or another registry's. */
  static boolean looksLikeOne(String text) {
    return text.startsWith(HEAD + ".");
  }

  /** Reads a token; empty unless this key has signed it and it is still good. */
  static Optional<ScopedToken> read(String text, Key key, Instant now) {
    int dot = text.lastIndexOf('.');
    if (dot < 0 || !looksLikeOne(text)) {
      return Optional.empty();
    }
    try {
      byte[] signature = DECODER.decode(text.substring(dot + 1));
      if (!MessageDigest.isEqual(signature, key.sign(text.substring(0, dot)))) {
        return Optional.empty();
      }
      JsonNode claims = Json.parseObject(DECODER.decode(text.substring(HEAD.length() + 1, dot)));
      Instant expires = Instant.ofEpochSecond(claims.path("exp").asLong(0));
      if (!now.isBefore(expires)) {
        return Optional.empty();
      }
      Map<String, List<String>> extra = new HashMap<>();
      claims.path("extra").properties().forEach(e -> extra.put(e.getKey(), strings(e.getValue())));
      List<Scope> scopes = new ArrayList<>();
      for (JsonNode scope : claims.path("access")) {
        scopes.add(
            new Scope(
                scope.path("type").asString(""),
                scope.path("name").asString(""),
                Set.copyOf(strings(scope.path("actions")))));
      }
      return Optional.of(
          new ScopedToken(
              new Identity(
                  claims.path("sub").asString(""),
                  claims.path("uid").asString(""),
                  strings(claims.path("groups")),
                  extra),
              List.copyOf(scopes),
              expires));
    } catch (IllegalArgumentException | JacksonException e) {
      return Optional.empty();
    }
  }

  private static List<String> strings(JsonNode array) {
    List<String> all = new ArrayList<>();
    array.forEach(item -> all.add(item.asString("")));
    return all;
  }

  /** A secret's name in memory, from which it can't be had. */
  static String fingerprint(String secret) {
    return Digest.of(Digest.SHA256, secret.getBytes(StandardCharsets.UTF_8)).hex();
  }
}
