/**
 * An OCI distribution server (OCI distribution spec 1.1) and pull-through mirror. Start with {@link
 * dev.mokha.registry.Registry}, which wires the packages below it: {@code storage} keeps content on
 * disk, {@code http} is the protocol, {@code access} says who may do what, {@code mirror} brings
 * what others have.
 */
package dev.mokha.registry;
