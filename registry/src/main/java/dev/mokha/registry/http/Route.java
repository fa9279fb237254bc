package dev.mokha.registry.http;

import dev.mokha.registry.storage.Digest;
import dev.mokha.registry.storage.Reference;
import dev.mokha.registry.storage.RepositoryName;
import java.util.Optional;

/** What a path means (distribution spec, "Endpoints"). */
sealed interface Route {
  /** {@code /v2/}. */
  record Base() implements Route {}

  /** {@code /v2/_catalog}. */
  record Catalog() implements Route {}

  /** {@code /token}. */
  record Token() implements Route {}

  /** A route in a repository. */
  sealed interface InRepository extends Route {
    /** The repository. */
    RepositoryName name();
  }

  /** {@code /v2/NAME/blobs/DIGEST}. */
  record Blob(RepositoryName name, Digest digest) implements InRepository {}

  /** {@code /v2/NAME/blobs/uploads/}. */
  record NewUpload(RepositoryName name) implements InRepository {}

  /** {@code /v2/NAME/blobs/uploads/ID}. */
  record OldUpload(RepositoryName name, String id) implements InRepository {}

  /** {@code /v2/NAME/manifests/REFERENCE}. */
  record Manifest(RepositoryName name, Reference reference) implements InRepository {}

  /** {@code /v2/NAME/tags/list}. */
  record Tags(RepositoryName name) implements InRepository {}

  /** {@code /v2/NAME/referrers/DIGEST}. */
  record Referrers(RepositoryName name, Digest subject) implements InRepository {}

  /** What it is called where requests are counted. */
  default String word() {
    return switch (this) {
      case Base base -> "base";
      case Catalog catalog -> "catalog";
      case Token token -> "token";
      case Blob blob -> "blob";
      case NewUpload upload -> "upload";
      case OldUpload upload -> "upload";
      case Manifest manifest -> "manifest";
      case Tags tags -> "tags";
      case Referrers referrers -> "referrers";
    };
  }

  /**
   * Reads a decoded path; empty when it means nothing here.
   *
   * @throws dev.mokha.registry.RegistryException when a name, tag or digest in it is none
   */
  static Optional<Route> parse(String path) {
    if (path.equals("/v2") || path.equals("/v2/")) {
      return Optional.of(new Base());
    }
    if (path.equals("/v2/_catalog")) {
      return Optional.of(new Catalog());
    }
    if (path.equals("/token")) {
      return Optional.of(new Token());
    }
    if (!path.startsWith("/v2/")) {
      return Optional.empty();
    }
    String rest = path.substring("/v2/".length());
    if (rest.endsWith("/tags/list")) {
      return Optional.of(new Tags(name(rest, "/tags/list".length())));
    }
    if (rest.endsWith("/blobs/uploads/") || rest.endsWith("/blobs/uploads")) {
      int end = rest.lastIndexOf("/blobs/uploads");
      return Optional.of(new NewUpload(name(rest, rest.length() - end)));
    }
    // Repositories may be called "blobs" or "manifests": the last such word counts.
    int slash = rest.lastIndexOf('/');
    if (slash <= 0) {
      return Optional.empty();
    }
    String last = rest.substring(slash + 1);
    String before = rest.substring(0, slash);
    if (before.endsWith("/blobs/uploads")) {
      return Optional.of(new OldUpload(name(before, "/blobs/uploads".length()), last));
    }
    if (before.endsWith("/blobs")) {
      return Optional.of(new Blob(name(before, "/blobs".length()), Digest.parse(last)));
    }
    if (before.endsWith("/manifests")) {
      return Optional.of(new Manifest(name(before, "/manifests".length()), Reference.parse(last)));
    }
    if (before.endsWith("/referrers")) {
      return Optional.of(new Referrers(name(before, "/referrers".length()), Digest.parse(last)));
    }
    return Optional.empty();
  }

  private static RepositoryName name(String text, int suffix) {
    return RepositoryName.parse(text.substring(0, text.length() - suffix));
  }
}
