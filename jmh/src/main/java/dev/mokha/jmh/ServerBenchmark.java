package dev.mokha.jmh;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionResource;
import dev.mokha.client.ApiClient;
import dev.mokha.client.ListOptions;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Whole calls from inside the process over the memory store: authorization, admission, validation
 * and the rest are as for every call, the network and the disk are not there.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ServerBenchmark {
  private static final int OBJECTS = 10_000;

  /** Which resource is measured. */
  @Param({"configmaps", "pods"})
  public String resource;

  private final AtomicLong next = new AtomicLong();
  private GroupVersionResource gvr;
  private BenchServer server;
  private ApiClient client;

  /** Starts a server with ten thousand objects. */
  @Setup
  public void start() throws IOException {
    server = BenchServer.start();
    client = server.client();
    gvr = new GroupVersionResource("", "v1", resource);
    for (int i = 0; i < OBJECTS; i++) {
      create();
    }
  }

  /** Stops it. */
  @TearDown
  public void stop() throws IOException {
    server.close();
  }

  /** Creates an object. */
  @Benchmark
  public KubeObject create() {
    String name = "o" + next.getAndIncrement();
    return client.create(
        gvr,
        "bench",
        "",
        "",
        KubeObject.parse(resource.equals("pods") ? Samples.pod(name) : Samples.configMap(name)));
  }

  /** Reads an object. */
  @Benchmark
  public KubeObject get() {
    return client.get(gvr, "bench", "o17", "");
  }

  /** Lists a page of five hundred. */
  @Benchmark
  public ApiClient.ObjectList page() {
    return client.list(gvr, "bench", new ListOptions("", "", "", 500, "", false, 0));
  }

  /** Lists all that have a label, which none has. */
  @Benchmark
  public ApiClient.ObjectList select() {
    return client.list(gvr, "bench", ListOptions.labels("app=none"));
  }
}
