package dev.mokha.engine.images;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * An image made of Debian packages, whose signatures apt verifies. Nothing but the packages' files
 * and what is named here gets into it.
 *
 * @param reference its name
 * @param packages Debian packages, by name
 * @param suite Debian suite; empty for the host's own
 * @param files what to copy in: host path by path in the image
 * @param config how its containers run
 */
public record ComposeSpec(
    String reference,
    List<String> packages,
    String suite,
    Map<String, Path> files,
    Image.Config config) {}
