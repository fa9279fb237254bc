/**
 * Names of containers. {@link dev.mokha.network.bridges.naming.NameServer} listens at 127.0.0.11 in
 * every sandbox that is in a network of users' making, and answers from {@link
 * dev.mokha.network.bridges.naming.NameBook}s, one for each network.
 */
package dev.mokha.network.bridges.naming;
