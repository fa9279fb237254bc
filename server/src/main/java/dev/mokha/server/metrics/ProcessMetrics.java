package dev.mokha.server.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.mokha.client.metrics.Exposition;
import dev.mokha.client.metrics.MetricSource;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the process takes of its machine, under the names that Prometheus' client libraries give
 * such figures. Read when asked for; where the system does not tell, a figure is left out.
 */
public final class ProcessMetrics implements MetricSource {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String MEMORY = "jvm_memory_used_bytes";
  private static final String COLLECTIONS = "jvm_gc_collection_seconds";

  @Override
  public void write(Exposition out) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      out.counter("process_cpu_seconds_total", "Processor time taken, in seconds.");
      out.value("process_cpu_seconds_total", "", system.getProcessCpuTime() / 1e9);
      out.gauge("process_open_fds", "Open file descriptors.");
      out.value("process_open_fds", "", system.getOpenFileDescriptorCount());
      out.gauge("process_max_fds", "Most file descriptors that may be open.");
      out.value("process_max_fds", "", system.getMaxFileDescriptorCount());
    }
    out.gauge("process_start_time_seconds", "When the process began, in seconds since 1970.");
    out.value(
        "process_start_time_seconds",
        "",
        ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3);
    memory(out);
    jvm(out);
  }

  private static void memory(Exposition out) {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("VmRSS:")) {
          out.gauge("process_resident_memory_bytes", "Memory that is resident, in bytes.");
          out.value("process_resident_memory_bytes", "", bytes(line));
        } else if (line.startsWith("VmSize:")) {
          out.gauge("process_virtual_memory_bytes", "Address space, in bytes.");
          out.value("process_virtual_memory_bytes", "", bytes(line));
        }
      }
    } catch (IOException e) {
      // Only Linux has the file.
    }
  }

  /** Of a line such as {@code VmRSS: 123456 kB}. */
  private static double bytes(String line) {
    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024.0;
  }

  private static void jvm(Exposition out) {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    MemoryUsage rest = ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage();
    out.gauge(MEMORY, "Memory the virtual machine uses, in bytes.");
    out.value(MEMORY, "area=\"heap\"", heap.getUsed());
    out.value(MEMORY, "area=\"nonheap\"", rest.getUsed());
    out.gauge("jvm_threads_current", "Platform threads.");
    out.value("jvm_threads_current", "", ManagementFactory.getThreadMXBean().getThreadCount());
    out.family(COLLECTIONS, "summary", "Garbage collections and how long they took.");
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      String labels = Exposition.label("gc", gc.getName());
      out.value(COLLECTIONS + "_count", labels, gc.getCollectionCount());
      out.value(COLLECTIONS + "_sum", labels, gc.getCollectionTime() / 1e3);
    }
  }
}
