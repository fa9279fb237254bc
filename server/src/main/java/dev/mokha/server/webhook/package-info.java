/**
 * Calls to servers outside that have a say in what is stored: they are sent a review as JSON, and
 * answer with the same review filled in.
 *
 * <p>Start with {@link dev.mokha.server.webhook.WebhookClient}, which knows how to call any of them
 * and nothing of what is in a review. It may use {@code services} (to find a service's endpoints)
 * and {@code pki}.
 */
package dev.mokha.server.webhook;
