package dev.mokha.engine.containers;

import java.util.List;
import java.util.Map;

/**
 * What a container uses, in full. Counters begin with the run.
 *
 * @param cpu CPU time
 * @param memory memory
 * @param disks what went to and came from disks, by device
 * @param networks what went through its network interfaces; empty when it has the host's
 * @param pids processes and threads
 * @param pidsLimit the most of those; 0 for no limit
 */
public record Usage(
    Cpu cpu, Memory memory, List<Disk> disks, List<Network> networks, long pids, long pidsLimit) {
  /** Of one that does not run. */
  public static final Usage NONE =
      new Usage(
          new Cpu(0, 0, 0, 0, 0, 0),
          new Memory(0, 0, 0, 0, 0, 0, Map.of()),
          List.of(),
          List.of(),
          0,
          0);

  /** Copies the collections. */
  public Usage {
    disks = List.copyOf(disks);
    networks = List.copyOf(networks);
  }

  /** The same with counters of interfaces. */
  Usage with(List<Network> interfaces) {
    return new Usage(cpu, memory, disks, interfaces, pids, pidsLimit);
  }

  /**
   * CPU time, in nanoseconds.
   *
   * @param total all of it
   * @param user outside the kernel
   * @param system in the kernel
   * @param periods periods of the quota in which it ran; 0 without a quota
   * @param throttledPeriods those in which it used the quota up
   * @param throttledNanos how long it was held back
   */
  public record Cpu(
      long total,
      long user,
      long system,
      long periods,
      long throttledPeriods,
      long throttledNanos) {}

  /**
   * Memory, in bytes.
   *
   * @param used all that is charged
   * @param highest the most there was; 0 when the kernel does not say
   * @param limit the hard limit; 0 for none
   * @param inactiveFile file cache that is cold
   * @param cache file cache
   * @param oomKills processes that the kernel killed for memory
   * @param fields what else the kernel says, by the names of memory.stat
   */
  public record Memory(
      long used,
      long highest,
      long limit,
      long inactiveFile,
      long cache,
      long oomKills,
      Map<String, Long> fields) {
    /** Copies the fields. */
    public Memory {
      fields = Map.copyOf(fields);
    }
  }

  /** What went to and came from one block device. */
  public record Disk(
      int major, int minor, long readBytes, long writtenBytes, long reads, long writes) {}

  /** What went through one network interface, as it is called inside. */
  public record Network(
      String name,
      long receivedBytes,
      long receivedPackets,
      long receiveErrors,
      long receiveDropped,
      long sentBytes,
      long sentPackets,
      long sendErrors,
      long sendDropped) {}
}
