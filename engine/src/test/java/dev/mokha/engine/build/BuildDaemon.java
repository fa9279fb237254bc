package dev.mokha.engine.build;

import dev.mokha.engine.Engine;
import dev.mokha.engine.EngineConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A daemon to be killed in the midst of a build. */
final class BuildDaemon {
  private BuildDaemon() {}

  public static void main(String[] args) {
    EngineConfig config =
        new EngineConfig(Path.of(args[0]), Path.of(args[1]), args[2], Map.of(), List.of());
    Engine engine = Engine.open(config);
    engine
        .builder()
        .build(
            BuildRequest.of(
                    new BuildContext.DockerfileOnly(
                        """
                        FROM busybox:test AS a
                        RUN echo kept > /kept
                        RUN --mount=type=cache,target=/c --mount=type=secret,id=s \
                          echo started; sleep 1000
                        """
                            .getBytes(StandardCharsets.UTF_8)))
                .secrets(SecretSource.of(Map.of("s", "x".getBytes(StandardCharsets.UTF_8))))
                .build(),
            event -> {
              if (event instanceof BuildEvent.Wrote wrote) {
                System.out.println(wrote.text());
                System.out.flush();
              }
            });
  }
}
