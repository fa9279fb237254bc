/**
 * Labels and profiles for hosts with SELinux or AppArmor.
 *
 * <p>{@link dev.mokha.engine.security.Labelling} gives each container a label of its own, as {@link
 * dev.mokha.engine.security.SelinuxLabels} finds it in the host's policy; {@link
 * dev.mokha.engine.security.AppArmor} loads the default profile.
 */
package dev.mokha.engine.security;
