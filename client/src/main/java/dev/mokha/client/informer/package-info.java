/**
 * Local copies of the API's objects, kept current by a watch. Start with {@link
 * dev.mokha.client.informer.Informers}.
 */
package dev.mokha.client.informer;
