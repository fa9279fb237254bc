/**
 * Kubernetes' dialect of the Common Expression Language.
 *
 * <p>Start with {@link dev.mokha.cel.CelEnvironment}: it names the variables and their {@link
 * dev.mokha.cel.DeclType types} and compiles texts to {@link dev.mokha.cel.CelExpression}s, which
 * are evaluated against JSON trees under a {@link dev.mokha.cel.CostBudget}. Parsing and type
 * checking are dev.cel's. Evaluation is ours, since Kubernetes counts the cost of every step,
 * bounds it, and reads objects in ways of its own (escaped field names, lists that are sets).
 *
 * <p>The first environment of a process takes some 400 ms, so nothing makes one before a first
 * expression is met.
 */
package dev.mokha.cel;
