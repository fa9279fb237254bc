/**
 * The kubelet's HTTPS API. Start with {@link dev.mokha.node.http.KubeletServer}: every request is
 * authenticated, authorized and routed there; each family of paths has a class of its own.
 */
package dev.mokha.node.http;
