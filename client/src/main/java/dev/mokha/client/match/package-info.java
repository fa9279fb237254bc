/** How typed selectors and tolerations are to be read, for all control loops and the scheduler. */
package dev.mokha.client.match;
