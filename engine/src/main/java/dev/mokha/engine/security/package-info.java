/**
 * Labels and profiles for hosts with SELinux or AppArmor, and Docker's words for all that a
 * container's security options can say.
 *
 * <p>Begin with {@link dev.mokha.engine.security.SecurityOptions}, which reads {@code docker run
 * --security-opt}; {@link dev.mokha.engine.security.SelinuxLabels} gives each container a label of
 * its own, {@link dev.mokha.engine.security.AppArmor} loads the default profile.
 */
package dev.mokha.engine.security;
