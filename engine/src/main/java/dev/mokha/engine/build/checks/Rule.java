package dev.mokha.engine.build.checks;

/** Docker's rules, with their names and descriptions. */
public enum Rule {
  /** Stages' names are in lower case. */
  STAGE_NAME_CASING("StageNameCasing", "Stage names should be lowercase"),
  /** AS is written like FROM. */
  FROM_AS_CASING("FromAsCasing", "The 'as' keyword should match the case of the 'from' keyword"),
  /** No line that goes on is followed by an empty one. */
  NO_EMPTY_CONTINUATION(
      "NoEmptyContinuation", "Empty continuation lines will become errors in a future release"),
  /** Keywords are all in upper case, or all in lower case. */
  CONSISTENT_INSTRUCTION_CASING(
      "ConsistentInstructionCasing",
      "All commands within the Dockerfile should use the same casing (either upper or lower)"),
  /** No two stages have one name. */
  DUPLICATE_STAGE_NAME("DuplicateStageName", "Stage names should be unique"),
  /** No stage is called scratch or context. */
  RESERVED_STAGE_NAME("ReservedStageName", "Reserved words should not be used as stage names"),
  /** CMD and ENTRYPOINT are JSON, so that the program gets the signals. */
  JSON_ARGS_RECOMMENDED(
      "JSONArgsRecommended",
      "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS"
          + " signals"),
  /** MAINTAINER is of old. */
  MAINTAINER_DEPRECATED(
      "MaintainerDeprecated",
      "The MAINTAINER instruction is deprecated, use a label instead to define an image author"),
  /** Variables of FROM are declared. */
  UNDEFINED_ARG_IN_FROM("UndefinedArgInFrom", "FROM command must use declared ARGs"),
  /** The first WORKDIR is absolute. */
  WORKDIR_RELATIVE_PATH(
      "WorkdirRelativePath",
      "Relative workdir without an absolute workdir declared within the build can have unexpected"
          + " results if the base image changes"),
  /** Variables have a value. */
  UNDEFINED_VAR("UndefinedVar", "Variables should be defined before their use"),
  /** No instruction is made void by a later one. */
  MULTIPLE_INSTRUCTIONS_DISALLOWED(
      "MultipleInstructionsDisallowed",
      "Multiple instructions of the same type should not be used in the same stage"),
  /** ENV and LABEL have an equals sign. */
  LEGACY_KEY_VALUE_FORMAT(
      "LegacyKeyValueFormat",
      "Legacy key/value format with whitespace separator should not be used"),
  /** FROM is for the target platform anyway. */
  REDUNDANT_TARGET_PLATFORM(
      "RedundantTargetPlatform",
      "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default"
          + " behavior"),
  /** No password is in an image's history. */
  SECRETS_USED_IN_ARG_OR_ENV(
      "SecretsUsedInArgOrEnv", "Sensitive data should not be used in the ARG or ENV commands"),
  /** Defaults of arguments make a FROM that works. */
  INVALID_DEFAULT_ARG_IN_FROM(
      "InvalidDefaultArgInFrom",
      "Default value for global ARG results in an empty or invalid base image name"),
  /** An image is for any platform. */
  FROM_PLATFORM_FLAG_CONST_DISALLOWED(
      "FromPlatformFlagConstDisallowed", "FROM --platform flag should not use a constant value"),
  /** Nothing is copied that is left out of the context; only when asked for. */
  COPY_IGNORED_FILE("CopyIgnoredFile", "Attempting to Copy file that is excluded by .dockerignore"),
  /** Protocols are in lower case. */
  EXPOSE_PROTO_CASING("ExposeProtoCasing", "Protocol in EXPOSE instruction should be lowercase"),
  /** EXPOSE names ports of the container alone. */
  EXPOSE_INVALID_FORMAT(
      "ExposeInvalidFormat",
      "IP address and host-port mapping should not be used in EXPOSE instruction. This will become"
          + " an error in a future release");

  private final String text;
  private final String description;

  Rule(String text, String description) {
    this.text = text;
    this.description = description;
  }

  /** Its name. */
  public String text() {
    return text;
  }

  /** What it says. */
  public String description() {
    return description;
  }

  /** Where Docker explains it. */
  public String address() {
    String path = text.replaceAll("([a-z])([A-Z])", "$1-$2").replace("JSONArgs", "Json-Args");
    return "https://docs.docker.com/go/dockerfile/rule/"
        + path.toLowerCase(java.util.Locale.ROOT)
        + "/";
  }

  /** Whether it counts only when a Dockerfile or a build asks for it. */
  boolean experimental() {
    return this == COPY_IGNORED_FILE;
  }
}
