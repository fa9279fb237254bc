package dev.mokha.server.rest;

import dev.mokha.server.pipeline.Answer;
import dev.mokha.server.pipeline.ApiCall;

/** A part of a resource with a path and a behaviour of its own. */
@FunctionalInterface
interface Subresource {
  /** Does what the call asks for; authorization has been done. */
  Answer handle(ApiCall call);
}
