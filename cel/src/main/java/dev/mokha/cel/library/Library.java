package dev.mokha.cel.library;

import static dev.cel.common.CelFunctionDecl.newFunctionDeclaration;
import static dev.cel.common.CelOverloadDecl.newGlobalOverload;
import static dev.cel.common.CelOverloadDecl.newMemberOverload;
import static dev.cel.common.types.SimpleType.BOOL;
import static dev.cel.common.types.SimpleType.BYTES;
import static dev.cel.common.types.SimpleType.DOUBLE;
import static dev.cel.common.types.SimpleType.DURATION;
import static dev.cel.common.types.SimpleType.DYN;
import static dev.cel.common.types.SimpleType.INT;
import static dev.cel.common.types.SimpleType.STRING;
import static dev.cel.common.types.SimpleType.TIMESTAMP;
import static dev.cel.common.types.SimpleType.UINT;

import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.TypeParamType;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.extensions.CelExtensions;
import dev.cel.extensions.CelStringExtensions;
import dev.cel.parser.CelStandardMacro;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All functions of Kubernetes 1.36: what the type checker knows of them, and what they do. */
public final class Library {
  private static final CelType IP = OpaqueType.create(Ip.TYPE);
  private static final CelType CIDR = OpaqueType.create(Cidr.TYPE);
  private static final CelType URL = OpaqueType.create(Url.TYPE);
  private static final CelType AMOUNT = OpaqueType.create(Amount.TYPE);
  private static final CelType SEMVER = OpaqueType.create(Semver.TYPE);
  private static final CelType FORMAT = OpaqueType.create(Format.TYPE);
  private static final CelType AUTHORIZER = OpaqueType.create(AuthorizerValue.TYPE);
  private static final CelType PATH = OpaqueType.create(AuthorizerValue.PATH_TYPE);
  private static final CelType GROUP = OpaqueType.create(AuthorizerValue.GROUP_TYPE);
  private static final CelType RESOURCE = OpaqueType.create(AuthorizerValue.RESOURCE_TYPE);
  private static final CelType DECISION = OpaqueType.create(AuthorizerValue.DECISION_TYPE);

  private static final CelOptions OPTIONS = options();
  private static final List<CelFunctionDecl> DECLARATIONS = declarations();
  private static final Map<String, Function> FUNCTIONS = implementations();

  private Library() {}

  private static CelOptions options() {
    return CelOptions.current()
        .enableHeterogeneousNumericComparisons(true)
        .enableOptionalSyntax(true)
        .maxParseRecursionDepth(250)
        .build();
  }

  /** What only policies that change objects can call. */
  public static void declareForMutation(CelCompilerBuilder compiler) {
    compiler.addFunctionDeclarations(
        newFunctionDeclaration(
            "jsonpatch.escapeKey",
            newGlobalOverload("string_jsonpatch_escapeKey_string", STRING, STRING)));
  }

  /** Makes a compiler know what every expression can call. */
  public static void declare(CelCompilerBuilder compiler) {
    compiler
        .setOptions(OPTIONS)
        .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
        .addLibraries(
            CelExtensions.optional(),
            CelExtensions.comprehensions(),
            CelExtensions.sets(OPTIONS),
            CelExtensions.strings(
                CelStringExtensions.Function.CHAR_AT,
                CelStringExtensions.Function.INDEX_OF,
                CelStringExtensions.Function.JOIN,
                CelStringExtensions.Function.LAST_INDEX_OF,
                CelStringExtensions.Function.LOWER_ASCII,
                CelStringExtensions.Function.QUOTE,
                CelStringExtensions.Function.REPLACE,
                CelStringExtensions.Function.SPLIT,
                CelStringExtensions.Function.SUBSTRING,
                CelStringExtensions.Function.TRIM,
                CelStringExtensions.Function.UPPER_ASCII))
        .addMacros(SortBy.MACRO)
        .addFunctionDeclarations(DECLARATIONS);
  }

  /** What each function does, by name. */
  public static Map<String, Function> functions() {
    return FUNCTIONS;
  }

  private static Map<String, Function> implementations() {
    Overloads all = new Overloads();
    StandardFunctions.addTo(all);
    Function add = all.functions().get("_+_");
    TextFunctions.addTo(all);
    ListFunctions.addTo(all, add);
    OptionalFunctions.addTo(all);
    KubernetesFunctions.addTo(all);
    return all.functions();
  }

  private static final class Table {
    private final Map<String, List<CelOverloadDecl>> overloads = new LinkedHashMap<>();

    Table member(String name, String id, CelType result, CelType target, CelType... more) {
      List<CelType> all = new ArrayList<>(List.of(target));
      all.addAll(List.of(more));
      return add(name, newMemberOverload(id, result, all.toArray(CelType[]::new)));
    }

    Table global(String name, String id, CelType result, CelType... parameters) {
      return add(name, newGlobalOverload(id, result, parameters));
    }

    private Table add(String name, CelOverloadDecl overload) {
      overloads.computeIfAbsent(name, _ -> new ArrayList<>()).add(overload);
      return this;
    }

    List<CelFunctionDecl> declarations() {
      List<CelFunctionDecl> all = new ArrayList<>();
      overloads.forEach((name, list) -> all.add(newFunctionDeclaration(name, list)));
      return all;
    }
  }

  private static List<CelFunctionDecl> declarations() {
    Table t = new Table();
    CelType texts = ListType.create(STRING);
    t.member("format", "string_format", STRING, STRING, ListType.create(DYN))
        .member("find", "string_find_string", STRING, STRING, STRING)
        .member("findAll", "string_find_all_string", texts, STRING, STRING)
        .member("findAll", "string_find_all_string_int", texts, STRING, STRING, INT);
    lists(t);
    addresses(t);
    t.global("url", "string_to_url", URL, STRING)
        .global("isURL", "is_url_string", BOOL, STRING)
        .member("getScheme", "url_get_scheme", STRING, URL)
        .member("getHost", "url_get_host", STRING, URL)
        .member("getHostname", "url_get_hostname", STRING, URL)
        .member("getPort", "url_get_port", STRING, URL)
        .member("getEscapedPath", "url_get_escaped_path", STRING, URL)
        .member("getQuery", "url_get_query", MapType.create(STRING, texts), URL);
    amounts(t);
    for (String name : Format.ALL.keySet()) {
      t.global("format." + name, "format." + name, FORMAT);
    }
    t.global("format.named", "format-named", OptionalType.create(FORMAT), STRING)
        .member("validate", "format-validate", OptionalType.create(texts), FORMAT, STRING);
    access(t);
    return t.declarations();
  }

  private static void lists(Table t) {
    Map<String, CelType> sums = new LinkedHashMap<>();
    sums.put("int", INT);
    sums.put("uint", UINT);
    sums.put("double", DOUBLE);
    sums.put("duration", DURATION);
    sums.forEach(
        (name, type) ->
            t.member("sum", "list_" + name + "_sum_" + name, type, ListType.create(type)));
    Map<String, CelType> ordered = new LinkedHashMap<>(sums);
    ordered.put("bool", BOOL);
    ordered.put("timestamp", TIMESTAMP);
    ordered.put("string", STRING);
    ordered.put("bytes", BYTES);
    ordered.forEach(
        (name, type) ->
            t.member("isSorted", "list_" + name + "_is_sorted_bool", BOOL, ListType.create(type))
                .member("max", "list_" + name + "_max_" + name, type, ListType.create(type))
                .member("min", "list_" + name + "_min_" + name, type, ListType.create(type)));
    CelType a = TypeParamType.create("A");
    CelType list = ListType.create(a);
    ordered.forEach(
        (name, type) ->
            t.member("sort", "list_" + name + "_sort", ListType.create(type), ListType.create(type))
                .member(
                    SortBy.FUNCTION,
                    "list_" + name + "_sortByAssociatedKeys",
                    list,
                    list,
                    ListType.create(type)));
    t.member("slice", "list_slice", list, list, INT, INT)
        .member("flatten", "list_flatten", list, ListType.create(list))
        .member("flatten", "list_flatten_int", ListType.create(DYN), ListType.create(DYN), INT)
        .global("lists.range", "lists_range", ListType.create(INT), INT)
        .member("reverse", "list_reverse", list, list)
        .member("distinct", "list_distinct", list, list);
    t.member("indexOf", "list_a_index_of_int", INT, ListType.create(a), a)
        .member("lastIndexOf", "list_a_last_index_of_int", INT, ListType.create(a), a);
  }

  private static void addresses(Table t) {
    t.global("ip", "string_to_ip", IP, STRING)
        .global("isIP", "is_ip", BOOL, STRING)
        .global("ip.isCanonical", "ip_is_canonical", BOOL, STRING)
        .global("string", "ip_to_string", STRING, IP)
        .member("family", "ip_family", INT, IP)
        .member("isUnspecified", "ip_is_unspecified", BOOL, IP)
        .member("isLoopback", "ip_is_loopback", BOOL, IP)
        .member("isLinkLocalMulticast", "ip_is_link_local_multicast", BOOL, IP)
        .member("isLinkLocalUnicast", "ip_is_link_local_unicast", BOOL, IP)
        .member("isGlobalUnicast", "ip_is_global_unicast", BOOL, IP)
        .global("cidr", "string_to_cidr", CIDR, STRING)
        .global("isCIDR", "is_cidr", BOOL, STRING)
        .global("string", "cidr_to_string", STRING, CIDR)
        .member("containsIP", "cidr_contains_ip_string", BOOL, CIDR, STRING)
        .member("containsIP", "cidr_contains_ip_ip", BOOL, CIDR, IP)
        .member("containsCIDR", "cidr_contains_cidr_string", BOOL, CIDR, STRING)
        .member("containsCIDR", "cidr_contains_cidr", BOOL, CIDR, CIDR)
        .member("ip", "cidr_ip", IP, CIDR)
        .member("prefixLength", "cidr_prefix_length", INT, CIDR)
        .member("masked", "cidr_masked", CIDR, CIDR);
  }

  private static void amounts(Table t) {
    t.global("quantity", "string_to_quantity", AMOUNT, STRING)
        .global("isQuantity", "is_quantity_string", BOOL, STRING)
        .global("sign", "quantity_sign", INT, AMOUNT)
        .member("isGreaterThan", "quantity_is_greater_than", BOOL, AMOUNT, AMOUNT)
        .member("isLessThan", "quantity_is_less_than", BOOL, AMOUNT, AMOUNT)
        .member("compareTo", "quantity_compare_to", INT, AMOUNT, AMOUNT)
        .member("asApproximateFloat", "quantity_get_float", DOUBLE, AMOUNT)
        .member("asInteger", "quantity_get_int", INT, AMOUNT)
        .member("isInteger", "quantity_is_integer", BOOL, AMOUNT)
        .member("add", "quantity_add", AMOUNT, AMOUNT, AMOUNT)
        .member("add", "quantity_add_int", AMOUNT, AMOUNT, INT)
        .member("sub", "quantity_sub", AMOUNT, AMOUNT, AMOUNT)
        .member("sub", "quantity_sub_int", AMOUNT, AMOUNT, INT)
        .global("semver", "string_to_semver", SEMVER, STRING)
        .global("semver", "string_bool_to_semver", SEMVER, STRING, BOOL)
        .global("isSemver", "is_semver_string", BOOL, STRING)
        .global("isSemver", "is_semver_string_bool", BOOL, STRING, BOOL)
        .member("isGreaterThan", "semver_is_greater_than", BOOL, SEMVER, SEMVER)
        .member("isLessThan", "semver_is_less_than", BOOL, SEMVER, SEMVER)
        .member("compareTo", "semver_compare_to", INT, SEMVER, SEMVER)
        .member("major", "semver_major", INT, SEMVER)
        .member("minor", "semver_minor", INT, SEMVER)
        .member("patch", "semver_patch", INT, SEMVER);
  }

  private static void access(Table t) {
    CelType text = STRING;
    t.member("path", "authorizer_path", PATH, AUTHORIZER, text)
        .member("group", "authorizer_group", GROUP, AUTHORIZER, text)
        .member("serviceAccount", "authorizer_serviceaccount", AUTHORIZER, AUTHORIZER, text, text)
        .member("resource", "groupcheck_resource", RESOURCE, GROUP, text)
        .member("subresource", "resourcecheck_subresource", RESOURCE, RESOURCE, text)
        .member("namespace", "resourcecheck_namespace", RESOURCE, RESOURCE, text)
        .member("name", "resourcecheck_name", RESOURCE, RESOURCE, text)
        .member("fieldSelector", "authorizer_fieldselector", RESOURCE, RESOURCE, text)
        .member("labelSelector", "authorizer_labelselector", RESOURCE, RESOURCE, text)
        .member("check", "pathcheck_check", DECISION, PATH, text)
        .member("check", "resourcecheck_check", DECISION, RESOURCE, text)
        .member("errored", "decision_errored", BOOL, DECISION)
        .member("error", "decision_error", STRING, DECISION)
        .member("allowed", "decision_allowed", BOOL, DECISION)
        .member("reason", "decision_reason", STRING, DECISION);
  }
}
