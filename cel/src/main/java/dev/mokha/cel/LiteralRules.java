package dev.mokha.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelSourceLocation;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypes;
import dev.cel.common.types.OptionalType;
import dev.mokha.cel.library.Patterns;
import dev.mokha.cel.value.Times;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What Kubernetes demands of literals when it compiles: lists and maps hold one type of value
 * (except as arguments of {@code format}), and texts that must be durations, instants or regular
 * expressions are some.
 */
final class LiteralRules {
  private final CelAbstractSyntaxTree ast;
  private final List<CelIssue> issues = new ArrayList<>();
  private final Set<Long> mixed = new HashSet<>();

  private LiteralRules(CelAbstractSyntaxTree ast) {
    this.ast = ast;
  }

  static List<CelIssue> check(CelAbstractSyntaxTree ast) {
    LiteralRules rules = new LiteralRules(ast);
    visit(ast.getExpr(), rules::allowMixed);
    visit(ast.getExpr(), rules::expr);
    return rules.issues;
  }

  /** Refuses constant patterns of {@code find} that are none. */
  static void checkPatterns(CelAbstractSyntaxTree ast) throws CelCompileException {
    List<String> wrong = new ArrayList<>();
    visit(
        ast.getExpr(),
        expr -> {
          if (expr.getKind() == CelExpr.ExprKind.Kind.CALL
              && expr.call().function().startsWith("find")
              && !expr.call().args().isEmpty()) {
            String pattern = text(expr.call().args().get(0));
            if (pattern != null) {
              try {
                Patterns.compile(pattern);
              } catch (CelEvaluationException e) {
                wrong.add(e.getMessage());
              }
            }
          }
        });
    if (!wrong.isEmpty()) {
      throw new CelCompileException("program instantiation failed: " + wrong.getFirst(), true);
    }
  }

  /** Visits an expression and all its parts, the outer ones first. */
  static void visit(CelExpr root, Consumer<CelExpr> visitor) {
    Deque<CelExpr> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      CelExpr expr = open.pop();
      visitor.accept(expr);
      switch (expr.getKind()) {
        case SELECT -> open.push(expr.select().operand());
        case CALL -> {
          expr.call().args().reversed().forEach(open::push);
          expr.call().target().ifPresent(open::push);
        }
        case LIST -> expr.list().elements().reversed().forEach(open::push);
        case MAP -> {
          for (CelExpr.CelMap.Entry e : expr.map().entries().reversed()) {
            open.push(e.value());
            open.push(e.key());
          }
        }
        case STRUCT -> expr.struct().entries().reversed().forEach(e -> open.push(e.value()));
        case COMPREHENSION -> {
          open.push(expr.comprehension().result());
          open.push(expr.comprehension().loopStep());
          open.push(expr.comprehension().loopCondition());
          open.push(expr.comprehension().accuInit());
          open.push(expr.comprehension().iterRange());
        }
        default -> {}
      }
    }
  }

  private static String text(CelExpr expr) {
    return expr.getKind() == CelExpr.ExprKind.Kind.CONSTANT
            && expr.constant().getKind() == CelConstant.Kind.STRING_VALUE
        ? expr.constant().stringValue()
        : null;
  }

  private void report(CelExpr at, String message) {
    Integer offset = ast.getSource().getPositionsMap().get(at.id());
    CelSourceLocation location =
        offset == null
            ? CelSourceLocation.of(1, 0)
            : ast.getSource().getOffsetLocation(offset).orElse(CelSourceLocation.of(1, 0));
    issues.add(CelIssue.formatError(at.id(), location, message));
  }

  private void allowMixed(CelExpr expr) {
    if (expr.getKind() == CelExpr.ExprKind.Kind.CALL
        && expr.call().function().equals("format")
        && expr.call().target().isPresent()) {
      expr.call().args().forEach(a -> visit(a, part -> mixed.add(part.id())));
    }
  }

  private void expr(CelExpr expr) {
    switch (expr.getKind()) {
      case LIST -> {
        if (!mixed.contains(expr.id())) {
          list(expr.list());
        }
      }
      case MAP -> {
        if (!mixed.contains(expr.id())) {
          map(expr.map());
        }
      }
      case CALL -> call(expr.call());
      default -> {}
    }
  }

  private CelType type(CelExpr expr, boolean optional) {
    CelType type = ast.getTypeOrThrow(expr.id());
    return optional && type instanceof OptionalType o ? o.parameters().get(0) : type;
  }

  private boolean differs(CelType wanted, CelType type, CelExpr at) {
    if (wanted == null || CelTypes.format(wanted).equals(CelTypes.format(type))) {
      return false;
    }
    report(
        at,
        "expected type '%s' but found '%s'"
            .formatted(CelTypes.format(wanted), CelTypes.format(type)));
    return true;
  }

  private void list(CelExpr.CelList list) {
    CelType wanted = null;
    for (int i = 0; i < list.elements().size(); i++) {
      CelExpr element = list.elements().get(i);
      CelType type = type(element, list.optionalIndices().contains(i));
      if (differs(wanted, type, element)) {
        return;
      }
      wanted = type;
    }
  }

  private void map(CelExpr.CelMap map) {
    CelType wantedKey = null;
    CelType wantedValue = null;
    for (CelExpr.CelMap.Entry e : map.entries()) {
      CelType key = type(e.key(), false);
      CelType value = type(e.value(), e.optionalEntry());
      if (differs(wantedKey, key, e.key()) || differs(wantedValue, value, e.value())) {
        return;
      }
      wantedKey = key;
      wantedValue = value;
    }
  }

  private interface Reading {
    void read(String text);
  }

  private void call(CelExpr.CelCall call) {
    switch (call.function()) {
      case "duration" -> argument(call, Times::parseDuration);
      case "timestamp" -> argument(call, Times::parseInstant);
      case "matches" -> argument(call, Patterns::compile);
      default -> {}
    }
  }

  private void argument(CelExpr.CelCall call, Reading reading) {
    if (call.args().isEmpty()) {
      return;
    }
    CelExpr argument = call.args().getLast();
    String text = text(argument);
    if (text != null) {
      try {
        reading.read(text);
      } catch (CelEvaluationException e) {
        report(argument, "invalid " + call.function() + " argument");
      }
    }
  }
}
