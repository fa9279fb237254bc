package dev.mokha.cel.library;

import dev.mokha.api.names.Names;
import dev.mokha.api.quantity.Quantity;
import dev.mokha.api.quantity.QuantityFormatException;
import dev.mokha.cel.CelEvaluationException;
import dev.mokha.cel.library.AuthorizerValue.Answer;
import dev.mokha.cel.library.AuthorizerValue.GroupCheck;
import dev.mokha.cel.library.AuthorizerValue.PathCheck;
import dev.mokha.cel.library.AuthorizerValue.ResourceCheck;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The functions that only Kubernetes has: addresses, URLs, amounts, versions, formats, access. */
final class KubernetesFunctions {
  private KubernetesFunctions() {}

  static void addTo(Overloads all) {
    addresses(all);
    urls(all);
    amounts(all);
    versions(all);
    formats(all);
    access(all);
  }

  private static boolean parses(UnaryOperator<Object> parse, Object text) {
    try {
      return parse.apply(text) != null;
    } catch (CelEvaluationException e) {
      return false;
    }
  }

  private static void addresses(Overloads all) {
    all.add("ip", a -> Ip.parse((String) a[0]), String.class);
    all.add("isIP", a -> parses(t -> Ip.parse((String) t), a[0]), String.class);
    all.add("ip.isCanonical", a -> Ip.parse((String) a[0]).toString().equals(a[0]), String.class);
    all.add("family", a -> ((Ip) a[0]).family(), Ip.class);
    all.add("isUnspecified", a -> ((Ip) a[0]).address().isAnyLocalAddress(), Ip.class);
    all.add("isLoopback", a -> ((Ip) a[0]).address().isLoopbackAddress(), Ip.class);
    all.add("isLinkLocalMulticast", a -> ((Ip) a[0]).isLinkLocalMulticast(), Ip.class);
    all.add("isLinkLocalUnicast", a -> ((Ip) a[0]).address().isLinkLocalAddress(), Ip.class);
    all.add("isGlobalUnicast", a -> ((Ip) a[0]).isGlobalUnicast(), Ip.class);
    all.add("string", a -> a[0].toString(), Ip.class);
    all.add("cidr", a -> Cidr.parse((String) a[0]), String.class);
    all.add("isCIDR", a -> parses(t -> Cidr.parse((String) t), a[0]), String.class);
    all.add(
        "containsIP",
        a -> ((Cidr) a[0]).contains(Ip.parse((String) a[1])),
        Cidr.class,
        String.class);
    all.add("containsIP", a -> ((Cidr) a[0]).contains((Ip) a[1]), Cidr.class, Ip.class);
    all.add(
        "containsCIDR",
        a -> ((Cidr) a[0]).contains(Cidr.parse((String) a[1])),
        Cidr.class,
        String.class);
    all.add("containsCIDR", a -> ((Cidr) a[0]).contains((Cidr) a[1]), Cidr.class, Cidr.class);
    all.add("ip", a -> ((Cidr) a[0]).ip(), Cidr.class);
    all.add("prefixLength", a -> (long) ((Cidr) a[0]).prefix(), Cidr.class);
    all.add("masked", a -> ((Cidr) a[0]).masked(), Cidr.class);
    all.add("string", a -> a[0].toString(), Cidr.class);
  }

  private static void urls(Overloads all) {
    all.add("url", a -> Url.parse((String) a[0]), String.class);
    all.add("isURL", a -> parses(t -> Url.parse((String) t), a[0]), String.class);
    all.add("getScheme", a -> ((Url) a[0]).scheme(), Url.class);
    all.add("getHost", a -> ((Url) a[0]).host(), Url.class);
    all.add("getHostname", a -> ((Url) a[0]).hostname(), Url.class);
    all.add("getPort", a -> ((Url) a[0]).port(), Url.class);
    all.add("getEscapedPath", a -> ((Url) a[0]).escapedPath(), Url.class);
    all.add("getQuery", a -> ((Url) a[0]).values(), Url.class);
  }

  private static Amount amount(String text) {
    try {
      return new Amount(Quantity.parse(text));
    } catch (QuantityFormatException e) {
      throw new CelEvaluationException(
          "quantities must match the regular expression"
              + " '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    }
  }

  private static Quantity quantity(Object value) {
    return value instanceof Amount a ? a.quantity() : Quantity.of((Long) value);
  }

  private static Optional<Long> whole(Quantity quantity) {
    BigDecimal amount = quantity.toBigDecimal();
    try {
      return Optional.of(amount.longValueExact());
    } catch (ArithmeticException e) {
      return Optional.empty();
    }
  }

  private static void amounts(Overloads all) {
    all.add("quantity", a -> amount((String) a[0]), String.class);
    all.add("isQuantity", a -> parses(t -> amount((String) t), a[0]), String.class);
    all.add("sign", a -> (long) quantity(a[0]).signum(), Amount.class);
    all.add(
        "isGreaterThan",
        a -> quantity(a[0]).compareTo(quantity(a[1])) > 0,
        Amount.class,
        Amount.class);
    all.add(
        "isLessThan",
        a -> quantity(a[0]).compareTo(quantity(a[1])) < 0,
        Amount.class,
        Amount.class);
    all.add(
        "compareTo",
        a -> (long) Integer.signum(quantity(a[0]).compareTo(quantity(a[1]))),
        Amount.class,
        Amount.class);
    all.add("asApproximateFloat", a -> quantity(a[0]).toBigDecimal().doubleValue(), Amount.class);
    all.add(
        "asInteger",
        a ->
            whole(quantity(a[0]))
                .orElseThrow(() -> new CelEvaluationException("cannot convert value to integer")),
        Amount.class);
    all.add("isInteger", a -> whole(quantity(a[0])).isPresent(), Amount.class);
    for (Class<?> second : List.of(Amount.class, Long.class)) {
      all.add("add", a -> new Amount(quantity(a[0]).add(quantity(a[1]))), Amount.class, second);
      all.add(
          "sub", a -> new Amount(quantity(a[0]).subtract(quantity(a[1]))), Amount.class, second);
    }
  }

  private static void versions(Overloads all) {
    all.add("semver", a -> Semver.parse((String) a[0]), String.class);
    all.add("semver", a -> version(a), String.class, Boolean.class);
    all.add("isSemver", a -> parses(t -> Semver.parse((String) t), a[0]), String.class);
    all.add("isSemver", a -> parses(_ -> version(a), a[0]), String.class, Boolean.class);
    all.add(
        "isGreaterThan",
        a -> ((Semver) a[0]).compareTo((Semver) a[1]) > 0,
        Semver.class,
        Semver.class);
    all.add(
        "isLessThan",
        a -> ((Semver) a[0]).compareTo((Semver) a[1]) < 0,
        Semver.class,
        Semver.class);
    all.add(
        "compareTo",
        a -> (long) Integer.signum(((Semver) a[0]).compareTo((Semver) a[1])),
        Semver.class,
        Semver.class);
    all.add("major", a -> ((Semver) a[0]).major(), Semver.class);
    all.add("minor", a -> ((Semver) a[0]).minor(), Semver.class);
    all.add("patch", a -> ((Semver) a[0]).patch(), Semver.class);
  }

  private static Semver version(Object[] a) {
    return (Boolean) a[1] ? Semver.normalize((String) a[0]) : Semver.parse((String) a[0]);
  }

  private static void formats(Overloads all) {
    Format.ALL.forEach((name, format) -> all.add("format." + name, _ -> format));
    all.add("format.named", a -> Optional.ofNullable(Format.ALL.get((String) a[0])), String.class);
    all.add(
        "validate",
        a -> {
          List<String> wrong = ((Format) a[0]).rule().apply((String) a[1]);
          return wrong.isEmpty() ? Optional.empty() : Optional.of(new ArrayList<Object>(wrong));
        },
        Format.class,
        String.class);
  }

  private static ResourceCheck with(
      Object check, String subresource, String namespace, String name) {
    ResourceCheck c = (ResourceCheck) check;
    return new ResourceCheck(
        c.authorizer(),
        c.group(),
        c.resource(),
        subresource == null ? c.subresource() : subresource,
        namespace == null ? c.namespace() : namespace,
        name == null ? c.name() : name,
        c.fieldSelector(),
        c.labelSelector());
  }

  private static ResourceCheck selecting(Object check, String fields, String labels) {
    ResourceCheck c = (ResourceCheck) check;
    return new ResourceCheck(
        c.authorizer(),
        c.group(),
        c.resource(),
        c.subresource(),
        c.namespace(),
        c.name(),
        fields == null ? c.fieldSelector() : fields,
        labels == null ? c.labelSelector() : labels);
  }

  private static void access(Overloads all) {
    all.add(
        "path",
        a -> {
          if (((String) a[1]).isBlank()) {
            throw new CelEvaluationException("path must not be empty");
          }
          return new PathCheck((AuthorizerValue) a[0], (String) a[1]);
        },
        AuthorizerValue.class,
        String.class);
    all.add(
        "group",
        a -> new GroupCheck((AuthorizerValue) a[0], (String) a[1]),
        AuthorizerValue.class,
        String.class);
    all.add(
        "serviceAccount",
        a -> {
          if (!Names.dns1123Subdomain((String) a[2]).isEmpty()) {
            throw new CelEvaluationException("Invalid service account name");
          }
          if (!Names.dns1123Label((String) a[1]).isEmpty()) {
            throw new CelEvaluationException("Invalid service account namespace");
          }
          return ((AuthorizerValue) a[0]).serviceAccount((String) a[1], (String) a[2]);
        },
        AuthorizerValue.class,
        String.class,
        String.class);
    all.add(
        "resource",
        a -> {
          if (((String) a[1]).isBlank()) {
            throw new CelEvaluationException("resource must not be empty");
          }
          GroupCheck group = (GroupCheck) a[0];
          return new ResourceCheck(group.authorizer(), group.group(), (String) a[1]);
        },
        GroupCheck.class,
        String.class);
    all.add(
        "subresource",
        a -> with(a[0], (String) a[1], null, null),
        ResourceCheck.class,
        String.class);
    all.add(
        "namespace", a -> with(a[0], null, (String) a[1], null), ResourceCheck.class, String.class);
    all.add("name", a -> with(a[0], null, null, (String) a[1]), ResourceCheck.class, String.class);
    all.add(
        "fieldSelector",
        a -> selecting(a[0], (String) a[1], null),
        ResourceCheck.class,
        String.class);
    all.add(
        "labelSelector",
        a -> selecting(a[0], null, (String) a[1]),
        ResourceCheck.class,
        String.class);
    all.add(
        "check",
        a -> ((PathCheck) a[0]).authorizer().checkPath(((PathCheck) a[0]).path(), (String) a[1]),
        PathCheck.class,
        String.class);
    all.add(
        "check",
        a -> ((ResourceCheck) a[0]).check((String) a[1]),
        ResourceCheck.class,
        String.class);
    all.add("allowed", a -> ((Answer) a[0]).allowed(), Answer.class);
    all.add("reason", a -> ((Answer) a[0]).reason(), Answer.class);
    all.add("error", a -> ((Answer) a[0]).error(), Answer.class);
    all.add("errored", a -> !((Answer) a[0]).error().isEmpty(), Answer.class);
  }
}
