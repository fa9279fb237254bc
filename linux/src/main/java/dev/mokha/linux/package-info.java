/**
 * The few system calls Java lacks, through the FFM API; the only module with native access.
 *
 * <p>Each class is one group of calls: {@link dev.mokha.linux.Mounts} and {@link
 * dev.mokha.linux.Overlay}, {@link dev.mokha.linux.Namespaces}, {@link dev.mokha.linux.Nodes} and
 * {@link dev.mokha.linux.Xattrs}, {@link dev.mokha.linux.Signals}, {@link dev.mokha.linux.Pidfd}
 * and {@link dev.mokha.linux.ProcessExits}, {@link dev.mokha.linux.ReadyDescriptors} with {@link
 * dev.mokha.linux.EventCounter} and {@link dev.mokha.linux.FileChanges}, {@link
 * dev.mokha.linux.Rlimits}, {@link dev.mokha.linux.Capability}. What fails throws {@link
 * dev.mokha.linux.LinuxException}. The JVM needs {@code --enable-native-access=ALL-UNNAMED}. {@link
 * dev.mokha.linux.DurableFiles} is no system call: it is here for all modules that keep records on
 * a node's disk.
 */
package dev.mokha.linux;
