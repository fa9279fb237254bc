package dev.mokha.engine;

import dev.mokha.engine.containers.Container;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A daemon to be killed: opens an engine, runs two containers, tells of them and waits. */
public final class DaemonProcess {
  private DaemonProcess() {}

  /** Runs until it is killed. */
  public static void main(String[] args) throws Exception {
    EngineConfig config =
        new EngineConfig(Path.of(args[0]), Path.of(args[1]), args[2], Map.of(), List.of());
    Path scratch = Path.of(args[3]);
    Engine engine = Engine.open(config);
    Container running = run(engine, scratch, "sleep", "1000");
    System.out.println("running " + running.id());
    System.out.println("pid " + running.state().pid());
    Container exiting =
        run(
            engine,
            scratch,
            "sh",
            "-c",
            "while ! test -e /scratch/go; do sleep 0.05; done; exit 3");
    System.out.println("exiting " + exiting.id());
    // It writes all the time: nobody reads it when the daemon is gone.
    String ticking = "while ! test -e /scratch/enough; do echo tick; sleep 0.02; done; exit 5";
    hold(running, "ticking", false, "sh", "-c", ticking);
    hold(running, "terminal", true, "sleep", "1000");
    System.out.println("held");
    System.out.flush();
    Thread.currentThread().join();
  }

  private static void hold(Container container, String id, boolean tty, String... words)
      throws Exception {
    Container.ExecSession session =
        container.exec(
            new Container.ExecSpec(List.of(words), List.of(), "", "", tty, false, false), id);
    while (session.pid() == 0) {
      Thread.sleep(5);
    }
  }

  private static Container run(Engine engine, Path scratch, String... words) {
    Container container =
        engine
            .containers()
            .create(
                TestEngine.busybox(List.of(words))
                    .mounts(
                        List.of(
                            dev.mokha.engine.containers.ContainerSpec.Mount.bind(
                                scratch, "/scratch", true)))
                    .build());
    container.start();
    return container;
  }

  /** What a test's own classes were loaded from, however it was started. */
  public static String classPath() {
    if (DaemonProcess.class.getClassLoader() instanceof java.net.URLClassLoader loader) {
      return java.util.Arrays.stream(loader.getURLs())
          .map(java.net.URL::getPath)
          .collect(java.util.stream.Collectors.joining(java.io.File.pathSeparator));
    }
    return System.getProperty("java.class.path");
  }

  /** The rest of the first line that begins so. */
  public static String await(BufferedReader lines, String begin) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(begin)) {
        return line.substring(begin.length());
      }
    }
    throw new IOException("The daemon ended without saying \"" + begin + "\"");
  }
}
