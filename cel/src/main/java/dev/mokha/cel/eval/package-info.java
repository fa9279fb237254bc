/**
 * Evaluates checked expressions and counts what they cost.
 *
 * <p>{@link dev.mokha.cel.eval.Planner} turns dev.cel's checked syntax tree into {@link
 * dev.mokha.cel.eval.Step}s, once; a step runs in a {@link dev.mokha.cel.eval.Frame}, which holds
 * the variables and the meter. {@link dev.mokha.cel.eval.CostEstimator} bounds the cost before
 * anything runs.
 */
package dev.mokha.cel.eval;
