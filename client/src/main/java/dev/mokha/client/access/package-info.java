/**
 * Asking the API who may do what, for those who answer requests of their own: the kubelet's server,
 * Docker's API, the registry. Start with {@link dev.mokha.client.access.AccessReviews}.
 */
package dev.mokha.client.access;
