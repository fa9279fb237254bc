/** Wire formats other than JSON: Kubernetes' protobuf envelope. */
package dev.mokha.api.wire;
