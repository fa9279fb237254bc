/**
 * What may be called how: DNS labels and subdomains, qualified names, label values, and the names
 * the server makes up. Start with {@link dev.mokha.api.names.Names}.
 */
package dev.mokha.api.names;
