/**
 * The Node object and the lease that says the node lives. Start with {@link
 * dev.mokha.node.registration.NodeRegistration}.
 */
package dev.mokha.node.registration;
