/**
 * Deletes what nobody owns any more. {@link dev.mokha.controllers.garbage.ObjectGraph} knows all
 * objects and who owns whom, fed by one watch for each resource; {@link
 * dev.mokha.controllers.garbage.GarbageCollector} acts on it.
 */
package dev.mokha.controllers.garbage;
