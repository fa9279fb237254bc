package dev.mokha.network.bridges.naming;

import dev.mokha.network.dns.Zone;
import dev.mokha.network.dns.ZoneAnswer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * The names that one sandbox knows: its links, then those of its networks in order. A name that is
 * known has no records of other types than its addresses'; all others are asked upstream.
 */
public final class SandboxNames implements Zone {
  private static final int TTL_SECONDS = 600;

  private final Supplier<View> view;

  /**
   * What it knows at the moment.
   *
   * @param links the name of another container for each linked name, in lower case
   * @param books of its networks, in the order they are asked
   * @param upstream who is asked for other names; nobody where there is no way out
   */
  public record View(
      Map<String, String> links, List<NameBook> books, List<InetSocketAddress> upstream) {}

  /** Asks for the view with each question. */
  public SandboxNames(Supplier<View> view) {
    this.view = view;
  }

  /** Who is asked for names this does not cover. */
  List<InetSocketAddress> upstream() {
    return view.get().upstream();
  }

  @Override
  public boolean covers(Name name) {
    return reversed(name).map(address -> name(address).isPresent()).orElse(false)
        || !addresses(name).isEmpty();
  }

  @Override
  public ZoneAnswer answer(Name name, int type) {
    Optional<String> reverse = reversed(name).flatMap(this::name);
    if (reverse.isPresent()) {
      return type == Type.PTR
          ? ZoneAnswer.of(List.of(new PTRRecord(name, DClass.IN, TTL_SECONDS, of(reverse.get()))))
          : ZoneAnswer.NO_DATA;
    }
    List<Record> records = new ArrayList<>();
    for (InetAddress address : addresses(name)) {
      boolean four = address.getAddress().length == 4;
      if (four && (type == Type.A || type == Type.ANY)) {
        records.add(new ARecord(name, DClass.IN, TTL_SECONDS, address));
      } else if (!four && (type == Type.AAAA || type == Type.ANY)) {
        records.add(new AAAARecord(name, DClass.IN, TTL_SECONDS, address));
      }
    }
    Collections.shuffle(records);
    return ZoneAnswer.of(records);
  }

  @Override
  public Record authority() {
    return null;
  }

  @Override
  public boolean authoritative() {
    return false;
  }

  private Set<InetAddress> addresses(Name name) {
    View now = view.get();
    String text = name.toString(true);
    String target = now.links().get(text.toLowerCase(Locale.ROOT));
    for (NameBook book : now.books()) {
      Set<InetAddress> found = book.addresses(target == null ? text : target);
      if (!found.isEmpty()) {
        return found;
      }
    }
    return Set.of();
  }

  private Optional<String> name(InetAddress address) {
    return view.get().books().stream().flatMap(book -> book.name(address).stream()).findFirst();
  }

  private static Optional<InetAddress> reversed(Name name) {
    try {
      String text = name.toString().toLowerCase(Locale.ROOT);
      return text.endsWith(".in-addr.arpa.") || text.endsWith(".ip6.arpa.")
          ? Optional.of(ReverseMap.fromName(name))
          : Optional.empty();
    } catch (java.net.UnknownHostException e) {
      return Optional.empty();
    }
  }

  private static Name of(String text) {
    try {
      return Name.fromString(text, Name.root);
    } catch (TextParseException e) {
      throw new IllegalStateException("Not a name: " + text, e);
    }
  }
}
