/**
 * Pulls images from registries (OCI distribution spec 1.1). Start with {@link
 * dev.mokha.engine.registry.ImagePuller}.
 */
package dev.mokha.engine.registry;
