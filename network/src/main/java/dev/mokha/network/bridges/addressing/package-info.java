/**
 * Which subnet a network gets and which address an endpoint. {@link
 * dev.mokha.network.bridges.addressing.SubnetPlan} checks what was asked for and chooses what was
 * not; {@link dev.mokha.network.bridges.addressing.SubnetAddresses} hands out one subnet's
 * addresses. No I/O: what is taken comes from records.
 */
package dev.mokha.network.bridges.addressing;
