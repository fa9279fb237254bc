/**
 * The ways to change an object by a description of the change: {@link
 * dev.mokha.api.patch.JsonPatch}, {@link dev.mokha.api.patch.MergePatch} and {@link
 * dev.mokha.api.patch.StrategicMergePatch}. Server-side apply, the fourth, is in {@code
 * dev.mokha.api.managedfields}. All take a live tree, leave it as it is, and give a new one.
 */
package dev.mokha.api.patch;
