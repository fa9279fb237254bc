/**
 * Wire formats other than JSON: Kubernetes' protobuf, driven by the same schema as everything else.
 *
 * <p>Start with {@link dev.mokha.api.wire.ProtobufCodec}. {@link dev.mokha.api.wire.MessagePlan}
 * says which field of a schema has which numbers, {@code MessageEncoder} and {@code MessageDecoder}
 * walk it. Custom resources have no protobuf form.
 */
package dev.mokha.api.wire;
