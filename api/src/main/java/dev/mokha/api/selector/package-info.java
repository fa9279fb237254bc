/**
 * Choosing objects by labels and by fields. Start with {@link
 * dev.mokha.api.selector.LabelSelector}; {@link dev.mokha.api.selector.SelectableFields} says which
 * fields of a kind can be asked for.
 *
 * <pre>{@code
 * LabelSelector.parse("app in (web,api),!canary").matches(pod.labels());
 * SelectableFields fields = SelectableFields.forKind(gvk);
 * FieldSelector selector = fields.require(FieldSelector.parse("spec.nodeName=n1"));
 * fields.matches(selector, pod);
 * }</pre>
 */
package dev.mokha.api.selector;
