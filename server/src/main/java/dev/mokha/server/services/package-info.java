/**
 * What services are given from common pools: addresses and node ports.
 *
 * <p>A claim is a stored object of its own, written in the same transaction as the service, so that
 * no two services can have the same and nothing needs to be repaired after a crash. Start with
 * {@link dev.mokha.server.services.ServiceClaims}.
 */
package dev.mokha.server.services;
