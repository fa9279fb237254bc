/** How many pods of each PodDisruptionBudget may be evicted now. */
package dev.mokha.controllers.disruption;
