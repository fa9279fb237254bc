/**
 * What makes a node unfit for a pod. Start with {@link dev.mokha.scheduler.filter.NodeFilter} and
 * the list in {@link dev.mokha.scheduler.filter.Filters}.
 */
package dev.mokha.scheduler.filter;
