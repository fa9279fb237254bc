package dev.mokha.cli;

import dev.mokha.registry.RegistrySettings;
import dev.mokha.registry.mirror.MirrorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The file of {@code --registry-config}, in YAML or JSON. */
public final class RegistryFile {
  private static final YAMLMapper YAML = new YAMLMapper();

  private RegistryFile() {}

  /**
   * Reads it, and adds the mirrors of {@code --registry-mirror} for hosts it does not name.
   *
   * @param file null for none
   * @throws UserError that names what is wrong
   */
  public static RegistrySettings read(Path file, Map<String, List<String>> mirrors) {
    try {
      RegistrySettings settings =
          file == null
              ? RegistrySettings.DEFAULT
              : RegistrySettings.read(YAML.readTree(Files.readAllBytes(file)));
      Map<String, List<MirrorConfig.Source>> hosts = new LinkedHashMap<>();
      for (Map.Entry<String, List<String>> e : mirrors.entrySet()) {
        hosts.put(
            e.getKey(),
            e.getValue().stream()
                .map(RegistrySettings::address)
                .map(MirrorConfig.Source::of)
                .toList());
      }
      hosts.putAll(settings.mirror().hosts());
      return new RegistrySettings(
          settings.anonymousPull(),
          settings.immutableTags(),
          settings.mirror().withHosts(hosts),
          settings.collect());
    } catch (IllegalArgumentException e) {
      throw new UserError("the registry's settings: " + e.getMessage());
    } catch (JacksonException e) {
      throw new UserError("the registry's settings in " + file + ": " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new UserError(
          "the registry's settings in " + file + " can't be read: " + e.getMessage());
    }
  }
}
