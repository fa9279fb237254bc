/**
 * The API across the network. Start with {@link dev.mokha.client.https.Endpoint} (where a server is
 * and who we are there, from a kubeconfig or from files) and {@link
 * dev.mokha.client.https.HttpsApiClient}.
 */
package dev.mokha.client.https;
