/**
 * Expressions (CEL) about requests: what match conditions and admission policies may name, and how
 * they are compiled and evaluated.
 *
 * <p>{@link dev.mokha.server.admission.expressions.Environments} declares the variables, {@link
 * dev.mokha.server.admission.expressions.RequestVariables} gives them their values for one request,
 * {@link dev.mokha.server.admission.expressions.Compiled} is one expression.
 */
package dev.mokha.server.admission.expressions;
