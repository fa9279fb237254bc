package dev.mokha.engine.registry;

import dev.mokha.engine.*;
import dev.mokha.engine.content.*;
import dev.mokha.engine.images.*;
import java.util.List;

public final class ImagePuller {
  public record Pulled(Descriptor manifest, List<Digest> documents, Digest resolved) {}

  public ImagePuller(EngineConfig config, ContentStore content) {}

  public Pulled pull(Reference name, PullOptions options, Leases.Lease lease) {
    throw new EngineException(
        EngineException.Code.UNAVAILABLE, "Pulling is not there yet; import an archive of " + name);
  }
}
