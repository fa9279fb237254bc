package dev.mokha.engine.registry;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.Descriptor;
import dev.mokha.engine.content.Digest;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.content.MediaTypes;
import dev.mokha.engine.images.Reference;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Looks whether an image is signed with a trusted key, in cosign's format (its signature
 * specification): beside an image of digest sha256:D lies one tagged {@code sha256-D.sig}, or one
 * that refers to it (distribution spec, section listing referrers). Each layer of that is a payload
 * in simple-signing form, which names the digest; the signature over its bytes is in an annotation
 * of the layer.
 */
final class Signatures {
  private static final Logger log = LoggerFactory.getLogger(Signatures.class);
  private static final String ANNOTATION = "dev.cosignproject.cosign/signature";
  private static final int MAX_PAYLOAD = 1 << 20;
  private static final int MAX_SIGNATURES = 64;

  private final List<RegistrySession> sessions;

  /** Looks at these places, the first that has any signature is taken. */
  Signatures(List<RegistrySession> sessions) {
    this.sessions = sessions;
  }

  /**
   * The key of these that has signed one of the digests.
   *
   * @param digests what the name stood for, and the manifest that was chosen of it
   * @throws EngineException UNAUTHORIZED when none has
   */
  PublicKey require(Reference name, List<Digest> digests, List<PublicKey> keys)
      throws IOException, InterruptedException {
    int found = 0;
    for (Digest digest : digests) {
      for (RegistrySession session : sessions) {
        List<Descriptor> payloads = payloads(session, digest);
        found += payloads.size();
        for (Descriptor payload : payloads) {
          Optional<PublicKey> signer = signer(session, payload, digest, keys);
          if (signer.isPresent()) {
            return signer.get();
          }
        }
      }
    }
    throw new EngineException(
        EngineException.Code.UNAUTHORIZED,
        "The image policy of this machine wants "
            + name
            + " signed, and "
            + (found == 0
                ? "it has no signature"
                : "none of its signatures is of a key that is trusted"));
  }

  private List<Descriptor> payloads(RegistrySession session, Digest digest)
      throws InterruptedException {
    List<String> places = new ArrayList<>();
    places.add(digest.algorithm() + "-" + digest.hex() + ".sig");
    places.addAll(referrers(session, digest));
    List<Descriptor> payloads = new ArrayList<>();
    for (String place : places) {
      try {
        byte[] bytes = document(session, "manifests", place, Manifest.MAX_BYTES);
        if (place.startsWith("sha256:") && !Digest.of(bytes).toString().equals(place)) {
          continue;
        }
        if (Manifest.parse(bytes, MediaTypes.OCI_MANIFEST) instanceof Manifest.Single manifest) {
          manifest.layers().stream()
              .filter(layer -> layer.annotations().containsKey(ANNOTATION))
              .limit(MAX_SIGNATURES)
              .forEach(payloads::add);
        }
      } catch (IOException | EngineException e) {
        log.debug("No signature at {} of {}: {}", place, session, e.getMessage());
      }
    }
    return payloads;
  }

  private static List<String> referrers(RegistrySession session, Digest digest)
      throws InterruptedException {
    try {
      byte[] bytes = document(session, "referrers", digest.toString(), Manifest.MAX_BYTES);
      return Manifest.parse(bytes, MediaTypes.OCI_INDEX) instanceof Manifest.Index index
          ? index.manifests().stream()
              .limit(MAX_SIGNATURES)
              .map(descriptor -> descriptor.digest().toString())
              .toList()
          : List.of();
    } catch (IOException | EngineException e) {
      return List.of(); // many registries can't say
    }
  }

  private static byte[] document(RegistrySession session, String kind, String name, int limit)
      throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        session.get(kind, name, Map.of("Accept", String.join(", ", MediaTypes.MANIFESTS)));
    byte[] bytes = session.read(response, limit + 1);
    if (bytes.length > limit) {
      throw new IOException(name + " is too long");
    }
    return bytes;
  }

  private static Optional<PublicKey> signer(
      RegistrySession session, Descriptor payload, Digest digest, List<PublicKey> keys)
      throws InterruptedException {
    try {
      byte[] bytes = document(session, "blobs", payload.digest().toString(), MAX_PAYLOAD);
      byte[] signature =
          Base64.getDecoder().decode(payload.annotations().getOrDefault(ANNOTATION, "").strip());
      return names(bytes, digest)
          ? keys.stream().filter(key -> verify(key, bytes, signature)).findFirst()
          : Optional.empty();
    } catch (IOException | EngineException | IllegalArgumentException e) {
      log.info("A signature of {} is not usable: {}", digest, e.getMessage());
      return Optional.empty();
    }
  }

  /** Whether a payload is about that image (containers/image, simple signing, section critical). */
  private static boolean names(byte[] payload, Digest digest) {
    try {
      JsonNode critical = JsonMapper.shared().readTree(payload).path("critical");
      return critical.path("type").asString("").equals("cosign container image signature")
          && critical
              .path("image")
              .path("docker-manifest-digest")
              .asString("")
              .equals(digest.toString());
    } catch (JacksonException e) {
      return false;
    }
  }

  private static boolean verify(PublicKey key, byte[] payload, byte[] signature) {
    String algorithm = key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "Ed25519";
    try {
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(key);
      verifier.update(payload);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
