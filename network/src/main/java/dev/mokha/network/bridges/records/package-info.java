/**
 * What is written down of networks and sandboxes, a file each: start with {@link
 * dev.mokha.network.bridges.records.RecordStore}.
 */
package dev.mokha.network.bridges.records;
