/** Kubernetes' own form of an error: a {@code Status} object with a code, a reason and causes. */
package dev.mokha.api.error;
