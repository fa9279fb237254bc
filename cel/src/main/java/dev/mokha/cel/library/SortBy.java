package dev.mokha.cel.library;

import dev.cel.common.CelIssue;
import dev.cel.common.ast.CelExpr;
import dev.cel.parser.CelMacro;
import dev.cel.parser.CelMacroExprFactory;
import java.util.List;
import java.util.Optional;

/**
 * {@code list.sortBy(x, key)}: binds the list to a name, maps it to its keys, and calls a function
 * that sorts one by the other.
 */
final class SortBy {
  static final String FUNCTION = "@sortByAssociatedKeys";
  static final CelMacro MACRO = CelMacro.newReceiverMacro("sortBy", 2, SortBy::expand);

  private static final String INPUT = "@__sortBy_input__";
  private static final String UNUSED = "#unused";

  private SortBy() {}

  private static Optional<CelExpr> expand(
      CelMacroExprFactory make, CelExpr target, List<CelExpr> arguments) {
    CelExpr variable = arguments.get(0);
    if (variable.getKind() != CelExpr.ExprKind.Kind.IDENT) {
      return Optional.of(
          make.reportError(
              CelIssue.formatError(
                  make.getSourceLocation(variable), "argument must be a simple name")));
    }
    String result = make.getAccumulatorVarName();
    CelExpr append =
        make.newGlobalCall(
            "_+_", make.newIdentifier(result), make.newList(List.of(arguments.get(1))));
    CelExpr keys =
        make.fold(
            variable.ident().name(),
            make.newIdentifier(INPUT),
            result,
            make.newList(List.of()),
            make.newBoolLiteral(true),
            append,
            make.newIdentifier(result));
    CelExpr sorted = make.newReceiverCall(FUNCTION, make.newIdentifier(INPUT), List.of(keys));
    return Optional.of(
        make.fold(
            UNUSED,
            make.newList(List.of()),
            INPUT,
            target,
            make.newBoolLiteral(false),
            make.newIdentifier(INPUT),
            sorted));
  }
}
