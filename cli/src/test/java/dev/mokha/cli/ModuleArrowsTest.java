package dev.mokha.cli;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the arrows that docs/architecture.md draws. */
class ModuleArrowsTest {
  /** Each module, and the modules it may use. */
  private static final Map<String, String[]> ARROWS = new LinkedHashMap<>();

  static {
    ARROWS.put("api", new String[] {});
    ARROWS.put("linux", new String[] {});
    ARROWS.put("store", new String[] {});
    ARROWS.put("client", new String[] {"api"});
    ARROWS.put("cel", new String[] {"api"});
    ARROWS.put("server", new String[] {"api", "store", "client", "cel"});
    ARROWS.put("controllers", new String[] {"api", "client"});
    ARROWS.put("scheduler", new String[] {"api", "client"});
    ARROWS.put("engine", new String[] {"linux"});
    ARROWS.put("network", new String[] {"api", "client", "linux"});
    ARROWS.put("node", new String[] {"api", "client", "engine", "network", "linux"});
    ARROWS.put("docker", new String[] {"api", "client", "engine", "network", "linux"});
    ARROWS.put("registry", new String[] {"api", "client"});
    ARROWS.put("engineclient", new String[] {});
  }

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.mokha");
  }

  @Test
  void everyModuleUsesOnlyWhatItMay() {
    LayeredArchitecture layers = layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (String module : ARROWS.keySet()) {
      layers = layers.layer(module).definedBy("dev.mokha." + module + "..");
    }
    layers = layers.layer("cli").definedBy("dev.mokha.cli..");
    for (Map.Entry<String, String[]> arrow : ARROWS.entrySet()) {
      LayeredArchitecture.LayerDependencySpecification module = layers.whereLayer(arrow.getKey());
      layers =
          arrow.getValue().length == 0
              ? module.mayNotAccessAnyLayer()
              : module.mayOnlyAccessLayers(arrow.getValue());
    }
    layers.check(classes);
  }

  @Test
  void everyModuleIsNamed() {
    assertThat(
            classes.stream()
                .map(c -> c.getPackageName().split("\\."))
                .filter(p -> p.length > 2)
                .map(p -> p[2])
                .distinct())
        .allMatch(module -> module.equals("cli") || ARROWS.containsKey(module));
  }
}
