package dev.mokha.cel;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableSet;
import com.google.errorprone.annotations.Immutable;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.CelTypes;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.cel.common.types.StructTypeReference;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.mokha.cel.eval.CostEstimator;
import dev.mokha.cel.eval.Planner;
import dev.mokha.cel.eval.Step;
import dev.mokha.cel.library.Library;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What expressions in one place may name. Immutable; making one is cheap once the first was made.
 *
 * <pre>{@code
 * CelEnvironment environment =
 *     CelEnvironment.builder()
 *         .variable("self", DeclType.ofCustom(openApi, true))
 *         .variable("oldSelf", DeclType.ofCustom(openApi, true))
 *         .build();
 * CelExpression rule = environment.compile("self.replicas >= oldSelf.replicas", ResultType.BOOL);
 * }</pre>
 */
public final class CelEnvironment {
  private static final Pattern FROM_GRAMMAR =
      Pattern.compile(
          "mismatched input|extraneous input|missing '|no viable alternative|token recognition");

  private final Map<String, DeclType> variables;
  private final Map<String, DeclType> structs;
  private final boolean makesObjects;
  private final CelCompiler compiler;

  private CelEnvironment(Builder builder) {
    this.variables = Map.copyOf(builder.variables);
    this.makesObjects = builder.makesObjects;
    this.structs = new HashMap<>();
    variables.values().forEach(this::collect);
    this.compiler = makesObjects ? null : compiler(Set.of());
  }

  /** Begins an environment without variables. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects variables. */
  public static final class Builder {
    private final Map<String, DeclType> variables = new LinkedHashMap<>();
    private boolean makesObjects;

    private Builder() {}

    /** A variable of that type. */
    public Builder variable(String name, DeclType type) {
      variables.put(requireNonNull(name, "name"), requireNonNull(type, "type"));
      return this;
    }

    /** Lets expressions make {@code Object{...}} and {@code JSONPatch{...}}. */
    public Builder objectConstruction() {
      makesObjects = true;
      return this;
    }

    /** The environment. */
    public CelEnvironment build() {
      return new CelEnvironment(this);
    }
  }

  /** The variables and their types. */
  public Map<String, DeclType> variables() {
    return variables;
  }

  /** This environment with one more variable. */
  public CelEnvironment with(String name, DeclType type) {
    Builder more = builder();
    more.variables.putAll(variables);
    more.makesObjects = makesObjects;
    return more.variable(name, type).build();
  }

  private void collect(DeclType type) {
    switch (type.kind()) {
      case OBJECT -> {
        if (structs.putIfAbsent(type.name(), type) == null) {
          type.fields().values().forEach(m -> collect(m.type()));
        }
      }
      case LIST, MAP, OPTIONAL -> collect(type.elem());
      default -> {}
    }
  }

  private CelCompiler compiler(Set<String> fieldNames) {
    CelCompilerBuilder builder = CelCompilerFactory.standardCelCompilerBuilder();
    Library.declare(builder);
    if (makesObjects) {
      Library.declareForMutation(builder);
    }
    variables.forEach((name, type) -> builder.addVar(name, celType(type)));
    builder.setTypeProvider(new Types(structs, makesObjects, ImmutableSet.copyOf(fieldNames)));
    return builder.build();
  }

  /**
   * Compiles a text.
   *
   * @throws CelCompileException when it is no expression, or results in another type
   */
  public CelExpression compile(String text, ResultType expected) throws CelCompileException {
    CelAbstractSyntaxTree ast = check(text);
    CelType result = ast.getResultType();
    if (!fits(result, expected)) {
      throw new CelCompileException(mustBe(expected), true);
    }
    Planner planner = new Planner(ast, Library.functions(), variables.keySet());
    Step plan = planner.plan();
    return new PlannedExpression(
        text,
        CelTypes.format(result),
        declType(result),
        variables,
        plan,
        planner.globals(),
        planner.slots(),
        CostEstimator.estimate(ast, variables));
  }

  private CelAbstractSyntaxTree check(String text) throws CelCompileException {
    CelCompiler compiler = this.compiler;
    if (compiler == null) {
      CelValidationResult parsed = compiler(Set.of()).parse(text);
      try {
        compiler = compiler(fieldNames(parsed.getAst().getExpr()));
      } catch (CelValidationException e) {
        throw failure(parsed, text);
      }
    }
    CelValidationResult result = compiler.compile(text);
    if (result.hasError()) {
      throw failure(result, text);
    }
    try {
      CelAbstractSyntaxTree ast = result.getAst();
      List<CelIssue> issues = LiteralRules.check(ast);
      if (!issues.isEmpty()) {
        throw failure(issues, text);
      }
      LiteralRules.checkPatterns(ast);
      return ast;
    } catch (CelValidationException e) {
      throw failure(result, text);
    }
  }

  private static CelCompileException failure(CelValidationResult result, String text) {
    return failure(result.getErrors(), text);
  }

  private static CelCompileException failure(List<CelIssue> issues, String text) {
    String message =
        issues.stream().map(issue -> display(issue, text)).collect(Collectors.joining("\n"));
    return new CelCompileException(message, false);
  }

  /** As users know it: the message, its place, and the line with a mark below. */
  private static String display(CelIssue issue, String text) {
    String message = issue.getMessage().replaceFirst("(?s) \\(candidates: .*\\)$", "");
    if (FROM_GRAMMAR.matcher(message).lookingAt()) {
      message = "Syntax error: " + message;
    }
    int line = Math.max(1, issue.getSourceLocation().getLine());
    int column = Math.max(0, issue.getSourceLocation().getColumn());
    StringBuilder block =
        new StringBuilder("ERROR: <input>:%d:%d: %s".formatted(line, column + 1, message));
    String[] lines = text.split("\n", -1);
    if (line <= lines.length) {
      String snippet = lines[line - 1].replace('\t', ' ');
      block.append("\n | ").append(snippet).append("\n | ");
      int[] points = snippet.codePoints().toArray();
      for (int i = 0; i < column && i < points.length; i++) {
        block.append(points[i] > 0x7f ? '\uff0e' : '.');
      }
      block.append(column < points.length && points[column] > 0x7f ? '\uff3e' : '^');
    }
    return block.toString();
  }

  private static boolean fits(CelType type, ResultType expected) {
    boolean dyn = type.kind() == CelKind.DYN || type.kind() == CelKind.ANY;
    return switch (expected) {
      case ANY -> true;
      case BOOL -> type.kind() == CelKind.BOOL;
      case STRING -> type.kind() == CelKind.STRING;
      case BOOL_OR_DYN -> dyn || type.kind() == CelKind.BOOL;
      case STRING_OR_DYN -> dyn || type.kind() == CelKind.STRING;
      case STRING_OR_NULL_OR_DYN ->
          dyn || type.kind() == CelKind.STRING || type.kind() == CelKind.NULL_TYPE;
      case OBJECT -> type.name().equals("Object");
      case JSON_PATCHES ->
          type instanceof ListType list
              && (list.elemType().name().equals("JSONPatch")
                  || list.elemType().kind() == CelKind.TYPE_PARAM
                  || list.elemType().kind() == CelKind.DYN);
    };
  }

  private static String mustBe(ResultType expected) {
    return switch (expected) {
      case BOOL -> "cel expression must evaluate to a bool";
      case STRING -> "cel expression must evaluate to a string";
      case BOOL_OR_DYN -> "must evaluate to bool";
      case STRING_OR_DYN -> "must evaluate to string";
      case STRING_OR_NULL_OR_DYN -> "must evaluate to one of [string null_type]";
      case OBJECT -> "must evaluate to Object";
      case JSON_PATCHES -> "must evaluate to list(JSONPatch)";
      case ANY -> "";
    };
  }

  private static CelType celType(DeclType type) {
    return switch (type.kind()) {
      case DYN -> SimpleType.DYN;
      case OBJECT -> StructTypeReference.create(type.name());
      case LIST -> ListType.create(celType(type.elem()));
      case MAP -> MapType.create(SimpleType.STRING, celType(type.elem()));
      case STRING -> SimpleType.STRING;
      case BYTES -> SimpleType.BYTES;
      case INT -> SimpleType.INT;
      case DOUBLE -> SimpleType.DOUBLE;
      case BOOL -> SimpleType.BOOL;
      case TIMESTAMP -> SimpleType.TIMESTAMP;
      case DURATION -> SimpleType.DURATION;
      case OPAQUE -> OpaqueType.create(type.name());
      case OPTIONAL -> OptionalType.create(celType(type.elem()));
    };
  }

  /** The declaration for a variable that holds a value of that type. */
  private DeclType declType(CelType type) {
    return switch (type) {
      case ListType list -> DeclType.list(declType(list.elemType()));
      case MapType map when map.keyType().kind() == CelKind.STRING ->
          DeclType.map(declType(map.valueType()));
      case OptionalType optional -> DeclType.optional(declType(optional.parameters().get(0)));
      case OpaqueType opaque -> DeclType.opaque(opaque.name());
      default ->
          switch (type.kind()) {
            case STRING -> DeclType.STRING;
            case INT -> DeclType.INT;
            case DOUBLE -> DeclType.DOUBLE;
            case BOOL -> DeclType.BOOL;
            case BYTES -> DeclType.BYTES;
            case TIMESTAMP -> DeclType.TIMESTAMP;
            case DURATION -> DeclType.DURATION;
            case STRUCT -> structs.getOrDefault(type.name(), DeclType.DYN);
            default -> DeclType.DYN;
          };
    };
  }

  private static Set<String> fieldNames(CelExpr root) {
    Set<String> names = new TreeSet<>();
    LiteralRules.visit(
        root,
        expr -> {
          switch (expr.getKind()) {
            case SELECT -> names.add(expr.select().field());
            case CALL -> {
              if (expr.call().function().equals("_?._")) {
                names.add(expr.call().args().get(1).constant().stringValue());
              }
            }
            case STRUCT -> expr.struct().entries().forEach(e -> names.add(e.fieldKey()));
            default -> {}
          }
        });
    return names;
  }

  /** The object types of one environment. */
  @Immutable
  @SuppressWarnings("Immutable") // Nothing changes the map after it is made.
  private static final class Types implements CelTypeProvider {
    private final Map<String, DeclType> structs;
    private final boolean makesObjects;
    private final ImmutableSet<String> fieldNames;

    Types(Map<String, DeclType> structs, boolean makesObjects, ImmutableSet<String> fieldNames) {
      this.structs = structs;
      this.makesObjects = makesObjects;
      this.fieldNames = fieldNames;
    }

    @Override
    public ImmutableCollection<CelType> types() {
      return ImmutableSet.of();
    }

    @Override
    public Optional<CelType> findType(String name) {
      DeclType struct = structs.get(name);
      if (struct != null) {
        return Optional.of(
            StructType.create(
                name,
                ImmutableSet.copyOf(struct.fields().keySet()),
                field ->
                    Optional.ofNullable(struct.fields().get(field)).map(m -> celType(m.type()))));
      }
      if (makesObjects && name.equals("JSONPatch")) {
        return Optional.of(
            StructType.create(
                name,
                ImmutableSet.of("op", "path", "from", "value"),
                field -> Optional.of(field.equals("value") ? SimpleType.DYN : SimpleType.STRING)));
      }
      if (makesObjects && (name.equals("Object") || name.startsWith("Object."))) {
        return Optional.of(StructType.create(name, fieldNames, _ -> Optional.of(SimpleType.DYN)));
      }
      return Optional.empty();
    }
  }
}
