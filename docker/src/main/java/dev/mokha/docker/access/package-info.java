/**
 * Rights on the Docker socket, by the cluster's RBAC: who calls is known from the kernel or a
 * certificate, and what he wants becomes questions to the API. Start with {@link
 * dev.mokha.docker.access.RbacAccess}; {@link dev.mokha.docker.access.Deeds} says which questions.
 */
package dev.mokha.docker.access;
