package dev.mokha.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code mokha --version} prints. */
public final class Version implements IVersionProvider {
  /** This Mokha's version, from the jar's manifest. */
  public static String version() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"mokha " + version() + " (Java " + Runtime.version() + ")"};
  }
}
