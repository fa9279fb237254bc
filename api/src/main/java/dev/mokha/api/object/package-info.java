/**
 * Objects as they travel and are kept. {@link dev.mokha.api.object.KubeObject} is the one type;
 * {@link dev.mokha.api.object.Json} is the one configured JSON mapper.
 */
package dev.mokha.api.object;
