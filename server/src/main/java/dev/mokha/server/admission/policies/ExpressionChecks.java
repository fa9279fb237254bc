package dev.mokha.server.admission.policies;

import dev.mokha.api.validation.ExpressionCheck;
import dev.mokha.cel.CelCompileException;
import dev.mokha.cel.CelEnvironment;
import dev.mokha.cel.ResultType;
import dev.mokha.server.admission.expressions.Compiled;
import dev.mokha.server.admission.expressions.Environments;
import dev.mokha.server.admission.policies.Policy.Named;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Compiles the expressions of one configuration object that somebody wants to store. */
public final class ExpressionChecks implements ExpressionCheck {
  private final List<Named> variables = new ArrayList<>();
  private boolean params;

  @Override
  public void begin(boolean hasParams) {
    params = hasParams;
  }

  @Override
  public void declare(String name, String text) {
    variables.add(new Named(name, Compiled.of(environment(Place.VARIABLE), text, ResultType.ANY)));
  }

  @Override
  public Optional<String> check(Place place, String text) {
    CelEnvironment environment = environment(place);
    try {
      environment.compile(text, type(place));
      return Optional.empty();
    } catch (CelCompileException e) {
      return Optional.of(
          e.wrongType()
              ? e.getMessage() + " but got " + typeOf(environment, text)
              : "compilation failed: " + e.getMessage());
    }
  }

  private static String typeOf(CelEnvironment environment, String text) {
    try {
      return environment.compile(text, ResultType.ANY).resultType();
    } catch (CelCompileException e) {
      return "nothing";
    }
  }

  private CelEnvironment environment(Place place) {
    return switch (place) {
      case WEBHOOK_CONDITION -> Environments.of(false);
      case CONDITION -> Environments.of(params);
      case VARIABLE, VALIDATION, MESSAGE, ANNOTATION ->
          PolicyCompiler.withVariables(Environments.of(params), variables);
      case APPLY_CONFIGURATION, JSON_PATCH ->
          PolicyCompiler.withVariables(Environments.mutating(params), variables);
    };
  }

  private static ResultType type(Place place) {
    return switch (place) {
      case WEBHOOK_CONDITION, CONDITION, VALIDATION -> ResultType.BOOL_OR_DYN;
      case VARIABLE -> ResultType.ANY;
      case MESSAGE -> ResultType.STRING_OR_DYN;
      case ANNOTATION -> ResultType.STRING_OR_NULL_OR_DYN;
      case APPLY_CONFIGURATION -> ResultType.OBJECT;
      case JSON_PATCH -> ResultType.JSON_PATCHES;
    };
  }
}
