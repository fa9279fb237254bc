/**
 * Removes requests for certificates that are of no more use. Approving and signing happen where the
 * authority's key is, in the server.
 *
 * <p>Start with {@link dev.mokha.controllers.certificates.SigningRequestCleaner}.
 */
package dev.mokha.controllers.certificates;
