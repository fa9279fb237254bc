package dev.mokha.server.admission.matching;

import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;

/**
 * The form in which somebody sees a request: the request's own, or an equivalent one, if that is
 * what his rules name.
 *
 * @param type the resource in the version of the rules
 * @param kind of the object in that form
 */
public record Form(ResourceType type, GroupVersionKind kind) {}
