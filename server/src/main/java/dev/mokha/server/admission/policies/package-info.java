/**
 * Admission policies: rules and changes that users write as expressions, and bind to requests.
 *
 * <p>{@link dev.mokha.server.admission.policies.PolicySet} holds the policies with their bindings,
 * compiled once for each change of them. {@link
 * dev.mokha.server.admission.policies.ValidatingPolicies} judges requests by them, {@link
 * dev.mokha.server.admission.policies.MutatingPolicies} changes objects by them. {@link
 * dev.mokha.server.admission.policies.Params} finds the objects that a binding names as parameters.
 */
package dev.mokha.server.admission.policies;
