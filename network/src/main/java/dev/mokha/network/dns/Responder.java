package dev.mokha.network.dns;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** From a query to its answer, or to what must be asked upstream first. No I/O. */
public final class Responder {
  /** What fits into one packet on any path (the DNS flag day's figure). */
  static final int DATAGRAM_BYTES = 1232;

  private static final int PLAIN_DATAGRAM_BYTES = 512;
  private static final int SIGNATURES_WANTED = 0x8000;
  private static final int LONGEST_CHAIN = 8;

  private final Zone zone;
  private final AnswerCache cache;

  /** Answers for a zone, and for the rest as the cache and upstream say. */
  public Responder(Zone zone, AnswerCache cache) {
    this.zone = requireNonNull(zone, "zone");
    this.cache = requireNonNull(cache, "cache");
  }

  /** What becomes of a query. */
  public sealed interface Outcome {
    /** It is answered. */
    record Done(Message reply) implements Outcome {}

    /** Something must be asked upstream; from what is said there the reply is made. */
    record Ask(Message upstream, Function<UpstreamAnswer, Message> finish) implements Outcome {}
  }

  /** Answers a query. */
  public Outcome answer(Message query) {
    Record question = query.getQuestion();
    OPTRecord options = query.getOPT();
    if (query.getHeader().getOpcode() != Opcode.QUERY) {
      return done(reply(query, Rcode.NOTIMP));
    }
    if (question == null || query.getHeader().getCount(Section.QUESTION) != 1) {
      return done(reply(query, Rcode.FORMERR));
    }
    if (options != null && options.getVersion() > 0) {
      return done(reply(query, Rcode.BADVERS));
    }
    if (question.getDClass() != DClass.IN
        || question.getType() == Type.AXFR
        || question.getType() == Type.IXFR) {
      return done(reply(query, Rcode.REFUSED));
    }
    return zone.covers(question.getName())
        ? fromZone(query, question)
        : upstream(query, question.getName(), List.of());
  }

  private Outcome fromZone(Message query, Record question) {
    int type = question.getType();
    List<Record> chain = new ArrayList<>();
    ZoneAnswer answer = zone.answer(question.getName(), type);
    for (int step = 0; answer.alias().isPresent() && step < LONGEST_CHAIN; step++) {
      chain.addAll(answer.answers());
      Name target = answer.alias().get();
      if (type != Type.A && type != Type.AAAA) {
        answer = ZoneAnswer.of(List.of());
      } else if (zone.covers(target)) {
        answer = zone.answer(target, type);
      } else {
        return upstream(query, target, chain);
      }
    }
    chain.addAll(answer.answers());
    Message reply = reply(query, answer.rcode());
    if (answer.rcode() != Rcode.SERVFAIL && zone.authoritative()) {
      reply.getHeader().setFlag(Flags.AA);
    }
    chain.forEach(record -> reply.addRecord(record, Section.ANSWER));
    answer.additional().forEach(record -> reply.addRecord(record, Section.ADDITIONAL));
    if (chain.isEmpty() && answer.rcode() != Rcode.SERVFAIL) {
      Record authority = zone.authority();
      if (authority != null) {
        reply.addRecord(authority, Section.AUTHORITY);
      }
    }
    return done(reply);
  }

  /** The answer for a name outside, after a chain of aliases that led to it. */
  private Outcome upstream(Message query, Name name, List<Record> chain) {
    Message asked = upstreamQuery(query, name);
    AnswerCache.Key key = AnswerCache.Key.of(asked);
    Optional<UpstreamAnswer> cached = cache.find(key);
    if (cached.isPresent()) {
      return done(merge(query, chain, cached.get()));
    }
    return new Outcome.Ask(
        asked,
        answer -> {
          cache.keep(key, answer);
          return merge(query, chain, answer);
        });
  }

  private static Message upstreamQuery(Message query, Name name) {
    Record question = query.getQuestion();
    Message asked = Message.newQuery(Record.newRecord(name, question.getType(), DClass.IN));
    if (query.getHeader().getFlag(Flags.CD)) {
      asked.getHeader().setFlag(Flags.CD);
    }
    int flags = query.getOPT() == null ? 0 : query.getOPT().getFlags() & SIGNATURES_WANTED;
    asked.addRecord(new OPTRecord(DATAGRAM_BYTES, 0, 0, flags), Section.ADDITIONAL);
    return asked;
  }

  private static Message merge(Message query, List<Record> chain, UpstreamAnswer answer) {
    Message reply = reply(query, answer.rcode());
    if (answer.truncated()) {
      reply.getHeader().setFlag(Flags.TC);
    }
    if (answer.authenticated() && chain.isEmpty()) {
      reply.getHeader().setFlag(Flags.AD);
    }
    chain.forEach(record -> reply.addRecord(record, Section.ANSWER));
    answer.answers().forEach(record -> reply.addRecord(record, Section.ANSWER));
    answer.authority().forEach(record -> reply.addRecord(record, Section.AUTHORITY));
    answer.additional().forEach(record -> reply.addRecord(record, Section.ADDITIONAL));
    return reply;
  }

  /** An empty reply. */
  private static Message reply(Message query, int rcode) {
    Header header = new Header(query.getHeader().getID());
    header.setFlag(Flags.QR);
    header.setFlag(Flags.RA);
    header.setOpcode(query.getHeader().getOpcode());
    for (int flag : new int[] {Flags.RD, Flags.CD}) {
      if (query.getHeader().getFlag(flag)) {
        header.setFlag(flag);
      }
    }
    header.setRcode(rcode & 0xf);
    Message reply = new Message();
    reply.setHeader(header);
    if (query.getQuestion() != null) {
      reply.addRecord(query.getQuestion(), Section.QUESTION);
    }
    OPTRecord options = query.getOPT();
    if (options != null) {
      reply.addRecord(
          new OPTRecord(DATAGRAM_BYTES, rcode >> 4, 0, options.getFlags() & SIGNATURES_WANTED),
          Section.ADDITIONAL);
    }
    return reply;
  }

  /** The most bytes that the asker takes in a datagram. */
  public static int datagramLimit(Message query) {
    OPTRecord options = query.getOPT();
    return options == null
        ? PLAIN_DATAGRAM_BYTES
        : Math.clamp(options.getPayloadSize(), PLAIN_DATAGRAM_BYTES, DATAGRAM_BYTES);
  }

  /**
   * A reply in at most so many bytes: what saves another question goes first, then as many answers
   * as must, which the TC flag tells. Those that fit are kept, since some clients never ask again
   * over a stream.
   */
  public static byte[] fit(Message reply, int limit) {
    byte[] whole = reply.toWire();
    if (whole.length <= limit) {
      return whole;
    }
    List<Record> answers = reply.getSection(Section.ANSWER);
    byte[] bare = shortened(reply, answers.size(), false).toWire();
    if (bare.length <= limit) {
      return bare;
    }
    int fits = 0;
    int tooMany = answers.size() + 1;
    while (tooMany - fits > 1) {
      int middle = (fits + tooMany) >>> 1;
      if (shortened(reply, middle, true).toWire().length <= limit) {
        fits = middle;
      } else {
        tooMany = middle;
      }
    }
    return shortened(reply, fits, true).toWire();
  }

  private static Message shortened(Message reply, int answers, boolean truncated) {
    Message copy = new Message();
    Header header = new Header(reply.getHeader().getID());
    header.setOpcode(reply.getHeader().getOpcode());
    header.setRcode(reply.getHeader().getRcode());
    for (int flag : new int[] {Flags.QR, Flags.AA, Flags.RD, Flags.RA, Flags.AD, Flags.CD}) {
      if (reply.getHeader().getFlag(flag)) {
        header.setFlag(flag);
      }
    }
    if (truncated || reply.getHeader().getFlag(Flags.TC)) {
      header.setFlag(Flags.TC);
    }
    copy.setHeader(header);
    if (reply.getQuestion() != null) {
      copy.addRecord(reply.getQuestion(), Section.QUESTION);
    }
    reply
        .getSection(Section.ANSWER)
        .subList(0, answers)
        .forEach(record -> copy.addRecord(record, Section.ANSWER));
    if (reply.getOPT() != null) {
      copy.addRecord(reply.getOPT(), Section.ADDITIONAL);
    }
    return copy;
  }

  private static Outcome done(Message reply) {
    return new Outcome.Done(reply);
  }
}
