package dev.mokha.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** Whoever does not ask for fabric8's client need not have it. */
class WithoutFabric8Test {
  /** Loaded where there is no fabric8 client. */
  public static final class Use implements Callable<String> {
    @Override
    public String call() throws Exception {
      try (Mokha mokha = Mokha.builder().controllers(false).scheduler(false).start()) {
        return mokha.namespace("plain") + " " + new MokhaExtension().getClass().getSimpleName();
      }
    }
  }

  @Test
  void aServerStarts() throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      String name = Path.of(entry).getFileName().toString();
      if (!name.startsWith("kubernetes-client") && !name.startsWith("kubernetes-httpclient")) {
        urls.add(Path.of(entry).toUri().toURL());
      }
    }
    try (URLClassLoader loader =
        new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      Class<?> use = loader.loadClass(Use.class.getName());
      assertThat(use).isNotEqualTo(Use.class);
      assertThat(((Callable<?>) use.getConstructor().newInstance()).call())
          .asString()
          .matches("plain-[0-9]+ MokhaExtension");
    }
  }
}
