package dev.mokha.registry;

/** The distribution spec's error codes (section "Error Codes"), each with its usual HTTP status. */
public enum ErrorCode {
  /** A blob is not in the repository. */
  BLOB_UNKNOWN(404),
  /** An upload can't go on as asked. */
  BLOB_UPLOAD_INVALID(400),
  /** There is no such upload, or no more. */
  BLOB_UPLOAD_UNKNOWN(404),
  /** What came has another digest, or that is no digest. */
  DIGEST_INVALID(400),
  /** A manifest names what is not in the repository. */
  MANIFEST_BLOB_UNKNOWN(400),
  /** A manifest can't be read. */
  MANIFEST_INVALID(400),
  /** A manifest is not in the repository. */
  MANIFEST_UNKNOWN(404),
  /** Not the name of a repository. */
  NAME_INVALID(400),
  /** There is no such repository. */
  NAME_UNKNOWN(404),
  /** A number of results that can't be. */
  PAGINATION_NUMBER_INVALID(400),
  /** A length that is not what came. */
  SIZE_INVALID(400),
  /** Not the name of a tag. */
  TAG_INVALID(400),
  /** Who asks must say who he is. */
  UNAUTHORIZED(401),
  /** Who asks may not. */
  DENIED(403),
  /** The registry does not do this. */
  UNSUPPORTED(405),
  /** Too much at once. */
  TOOMANYREQUESTS(429),
  /** It is the registry's fault, or its upstream's. */
  UNAVAILABLE(503),
  /** Whatever else went wrong in the registry. */
  UNKNOWN(500);

  private final int status;

  ErrorCode(int status) {
    this.status = status;
  }

  /** The HTTP status it is answered with, unless a place knows a better one. */
  public int status() {
    return status;
  }
}
