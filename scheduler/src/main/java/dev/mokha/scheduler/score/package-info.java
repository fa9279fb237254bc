/**
 * What makes one fit node better than another. Start with {@link
 * dev.mokha.scheduler.score.NodeScorer} and the list in {@link dev.mokha.scheduler.score.Scorers}.
 */
package dev.mokha.scheduler.score;
