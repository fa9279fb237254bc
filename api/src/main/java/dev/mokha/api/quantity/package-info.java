/**
 * Amounts of resources, such as {@code 500m} of CPU or {@code 1Gi} of memory. Start with {@link
 * dev.mokha.api.quantity.Quantity}.
 */
package dev.mokha.api.quantity;
