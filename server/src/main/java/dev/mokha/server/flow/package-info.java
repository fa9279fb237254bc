/**
 * Priority and fairness (KEP-1040): no client starves another. Every request over the network is
 * matched to a FlowSchema, and by it to a priority level with seats of its own; when they are all
 * taken it waits in one of the level's queues, or is turned away with 429.
 *
 * <p>May use {@code authentication}, {@code storage} (to read its configuration) and {@code
 * pipeline}'s request target; knows nothing of HTTP. Start with {@link
 * dev.mokha.server.flow.FlowControl}; {@link dev.mokha.server.flow.PriorityLevel} holds the seats,
 * {@link dev.mokha.server.flow.FairQueues} says whose turn it is, {@link
 * dev.mokha.server.flow.SeatLending} moves seats between levels.
 *
 * <p>Simpler than upstream, on purpose: a mutating request takes one seat and no extra time for the
 * watchers it wakes (an event here costs a few microseconds); fairness among queues is start-time
 * fair queueing instead of a simulated virtual clock; seats are lent when a level comes under
 * pressure, not only every ten seconds; calls from inside this process take no seats.
 */
package dev.mokha.server.flow;
