/**
 * Streams between a client and a container or pod port: exec, attach and port forwarding, over
 * WebSocket (v5.channel.k8s.io and older) and SPDY/3.1.
 *
 * <p>Start with {@link dev.mokha.node.streaming.RemoteStreams}, what a command's streams are to the
 * rest, then {@link dev.mokha.node.streaming.WebSocketStreams} and {@link
 * dev.mokha.node.streaming.SpdyStreams}; {@link dev.mokha.node.streaming.ProcessBridge} connects
 * them to a process.
 */
package dev.mokha.node.streaming;
