/**
 * Bootstrap tokens: Secrets in {@code kube-system} by which machines join.
 *
 * <p>Start with {@link dev.mokha.controllers.bootstrap.BootstrapToken}; {@link
 * dev.mokha.controllers.bootstrap.TokenCleaner} removes those that have expired, {@link
 * dev.mokha.controllers.bootstrap.BootstrapSigner} signs what a joining machine reads before it can
 * trust anybody.
 */
package dev.mokha.controllers.bootstrap;
