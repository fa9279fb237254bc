package dev.mokha.network.dns;

import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;

/**
 * What the zone says to a question.
 *
 * @param rcode such as NOERROR or NXDOMAIN
 * @param answers records asked for
 * @param additional records that save the client another question
 * @param alias a name outside the zone whose records are to follow the CNAME in {@code answers}
 */
public record ZoneAnswer(
    int rcode, List<Record> answers, List<Record> additional, Optional<Name> alias) {
  /** The name is there, a record of that type is not. */
  public static final ZoneAnswer NO_DATA = of(List.of());

  /** There is no such name. */
  public static final ZoneAnswer NO_NAME =
      new ZoneAnswer(Rcode.NXDOMAIN, List.of(), List.of(), Optional.empty());

  /** Not known yet. */
  public static final ZoneAnswer NOT_READY =
      new ZoneAnswer(Rcode.SERVFAIL, List.of(), List.of(), Optional.empty());

  /** Records, or that there are none. */
  public static ZoneAnswer of(List<Record> answers) {
    return new ZoneAnswer(Rcode.NOERROR, answers, List.of(), Optional.empty());
  }
}
