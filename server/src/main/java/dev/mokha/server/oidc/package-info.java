/**
 * People who are known to an identity provider (OpenID Connect Core 1.0): their ID tokens, sent as
 * bearer tokens.
 *
 * <p>Start with {@link dev.mokha.server.oidc.OidcTokens}; {@link dev.mokha.server.oidc.OidcConfig}
 * says whom to trust and how names are made of claims, {@link dev.mokha.server.oidc.ProviderKeys}
 * follows a provider's keys.
 */
package dev.mokha.server.oidc;
