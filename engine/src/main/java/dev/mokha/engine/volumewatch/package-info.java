/**
 * Notices file systems that the kernel made read-only under running containers, tells of them, and
 * heals what can be healed.
 *
 * <p>No event tells of it: an error makes no change in the list of mounts that poll(2) would report
 * (Linux 6.18), and since 6.15 neither statfs(2) nor the flag {@code ro} shows it for ext4. So
 * {@link dev.mokha.engine.volumewatch.VolumeWatch} looks every two seconds at the file systems'
 * options in /proc/PID/mountinfo and at ext4's error counts. {@link
 * dev.mokha.engine.volumewatch.VolumeHealer} says what is done then.
 */
package dev.mokha.engine.volumewatch;
