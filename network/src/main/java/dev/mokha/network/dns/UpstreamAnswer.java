package dev.mokha.network.dns;

import java.util.List;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * What an upstream server said, without what is between it and us alone (id, EDNS).
 *
 * @param rcode such as NOERROR
 * @param truncated whether the rest is to be had over TCP
 * @param authenticated whether it says that it checked signatures
 * @param answers records asked for
 * @param authority who denies, or who knows
 * @param additional more records
 */
public record UpstreamAnswer(
    int rcode,
    boolean truncated,
    boolean authenticated,
    List<Record> answers,
    List<Record> authority,
    List<Record> additional) {
  /** No server answered. */
  public static final UpstreamAnswer FAILED =
      new UpstreamAnswer(Rcode.SERVFAIL, false, false, List.of(), List.of(), List.of());

  /** Reads a message. */
  static UpstreamAnswer of(Message message) {
    return new UpstreamAnswer(
        message.getRcode(),
        message.getHeader().getFlag(Flags.TC),
        message.getHeader().getFlag(Flags.AD),
        List.copyOf(message.getSection(Section.ANSWER)),
        List.copyOf(message.getSection(Section.AUTHORITY)),
        message.getSection(Section.ADDITIONAL).stream()
            .filter(record -> record.getType() != Type.OPT && record.getType() != Type.TSIG)
            .toList());
  }

  /** The same some time later. */
  UpstreamAnswer aged(long seconds) {
    return new UpstreamAnswer(
        rcode,
        truncated,
        authenticated,
        aged(answers, seconds),
        aged(authority, seconds),
        aged(additional, seconds));
  }

  private static List<Record> aged(List<Record> records, long seconds) {
    return records.stream()
        .map(
            record ->
                Record.newRecord(
                    record.getName(),
                    record.getType(),
                    record.getDClass(),
                    Math.max(0, record.getTTL() - seconds),
                    record.rdataToWireCanonical()))
        .toList();
  }
}
