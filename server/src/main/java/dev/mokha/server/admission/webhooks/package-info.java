/**
 * Webhooks that take part in admission: what {@code MutatingWebhookConfiguration} and {@code
 * ValidatingWebhookConfiguration} say.
 *
 * <p>{@link dev.mokha.server.admission.webhooks.WebhookSet} compiles the configurations, once for
 * each change of them. {@link dev.mokha.server.admission.webhooks.MutatingWebhooks} calls those
 * that are meant one after the other, {@link
 * dev.mokha.server.admission.webhooks.ValidatingWebhooks} all at once. {@link
 * dev.mokha.server.admission.webhooks.Review} is what is sent and what comes back; {@link
 * dev.mokha.server.webhook.WebhookClient} sends it.
 */
package dev.mokha.server.admission.webhooks;
