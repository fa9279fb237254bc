package dev.mokha.junit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Holds the arrow of this module that docs/architecture.md draws. */
class ModuleArrowsTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.mokha.junit");

  @Test
  void needsNeitherLinuxNorAnEngine() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.mokha.linux..",
            "dev.mokha.engine..",
            "dev.mokha.network..",
            "dev.mokha.node..",
            "dev.mokha.cli..")
        .check(CLASSES);
  }

  /** Whoever does not ask for fabric8's client need not have it. */
  @Test
  void onlyWhatIsLoadedOnRequestNeedsTheFabric8Client() {
    noClasses()
        .that()
        .doNotHaveSimpleName("Fabric8Clients")
        .and()
        .doNotHaveSimpleName("Mokha")
        .and()
        .doNotHaveSimpleName("MokhaExtension")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.fabric8.kubernetes.client..")
        .check(CLASSES);
  }
}
