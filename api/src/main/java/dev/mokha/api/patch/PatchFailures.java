package dev.mokha.api.patch;

import dev.mokha.api.error.StatusCause;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import java.util.List;

/** How patches fail towards the client. */
final class PatchFailures {
  private PatchFailures() {}

  /** 422: the patch can be read but does not fit the object. */
  static StatusException doesNotApply(String why) {
    return new StatusException(
        StatusReason.INVALID,
        "the server rejected our request due to an error in our request",
        new StatusException.Details(
            "", "", "", "", List.of(new StatusCause("UnexpectedServerResponse", why, "")), 0));
  }

  /** 413: more work than one request may cause. */
  static StatusException tooLarge(String why) {
    return new StatusException(
        StatusReason.REQUEST_ENTITY_TOO_LARGE, why, StatusException.Details.NONE);
  }
}
