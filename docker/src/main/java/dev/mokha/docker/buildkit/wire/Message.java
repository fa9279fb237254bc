package dev.mokha.docker.buildkit.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A protobuf message (proto3) as its fields, by number. What is not there has proto3's default:
 * empty, 0, false. Immutable.
 *
 * <pre>{@code
 * Message request = Message.of().text(1, ref).map(7, attributes).build();
 * String ref = request.text(1);
 * }</pre>
 */
public final class Message {
  /** The message without fields. */
  public static final Message EMPTY = new Message(UnknownFieldSet.getDefaultInstance());

  private static final int KEY = 1;
  private static final int VALUE = 2;

  private final UnknownFieldSet fields;

  private Message(UnknownFieldSet fields) {
    this.fields = fields;
  }

  /** Begins a message. */
  public static Builder of() {
    return new Builder();
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException when the bytes are none
   */
  public static Message parse(ByteString bytes) {
    try {
      return new Message(UnknownFieldSet.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("This is no protobuf message: " + e.getMessage(), e);
    }
  }

  /** As it is sent. */
  public ByteString bytes() {
    return fields.toByteString();
  }

  /** Whether a field was sent. */
  public boolean has(int field) {
    return fields.hasField(field);
  }

  private List<ByteString> pieces(int field) {
    return fields.getField(field).getLengthDelimitedList();
  }

  /** A field of bytes. */
  public ByteString data(int field) {
    List<ByteString> all = pieces(field);
    return all.isEmpty() ? ByteString.EMPTY : all.getLast();
  }

  /** A field of text. */
  public String text(int field) {
    return data(field).toStringUtf8();
  }

  /** A repeated field of text. */
  public List<String> texts(int field) {
    return pieces(field).stream().map(ByteString::toStringUtf8).toList();
  }

  /** A number: any of protobuf's kinds that are sent as varints, but for zigzag ones. */
  public long number(int field) {
    List<Long> all = fields.getField(field).getVarintList();
    return all.isEmpty() ? 0 : all.getLast();
  }

  /** A boolean. */
  public boolean flag(int field) {
    return number(field) != 0;
  }

  /** A message in the message; one without fields when it was not sent. */
  public Message message(int field) {
    return has(field) ? parse(data(field)) : EMPTY;
  }

  /** A repeated field of messages. */
  public List<Message> messages(int field) {
    return pieces(field).stream().map(Message::parse).toList();
  }

  /** A map from text to text. */
  public Map<String, String> map(int field) {
    Map<String, String> map = new LinkedHashMap<>();
    dataMap(field).forEach((key, value) -> map.put(key, value.toStringUtf8()));
    return map;
  }

  /** A map from text to bytes. */
  public Map<String, ByteString> dataMap(int field) {
    Map<String, ByteString> map = new LinkedHashMap<>();
    for (Message entry : messages(field)) {
      map.put(entry.text(KEY), entry.data(VALUE));
    }
    return map;
  }

  /** A map from text to messages. */
  public Map<String, Message> messageMap(int field) {
    Map<String, Message> map = new LinkedHashMap<>();
    dataMap(field).forEach((key, value) -> map.put(key, parse(value)));
    return map;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Message message && fields.equals(message.fields);
  }

  @Override
  public int hashCode() {
    return fields.hashCode();
  }

  /** Its fields in protobuf's text form. */
  @Override
  public String toString() {
    return fields.toString();
  }

  /** Makes a message. What has the default's value is left out, as proto3 says. */
  public static final class Builder {
    private final Map<Integer, UnknownFieldSet.Field.Builder> fields = new TreeMap<>();

    private Builder() {}

    private UnknownFieldSet.Field.Builder field(int number) {
      return fields.computeIfAbsent(number, n -> UnknownFieldSet.Field.newBuilder());
    }

    /** A field of text. */
    public Builder text(int field, String value) {
      return value.isEmpty() ? this : add(field, ByteString.copyFromUtf8(value));
    }

    /** A repeated field of text. */
    public Builder texts(int field, Iterable<String> values) {
      values.forEach(value -> add(field, ByteString.copyFromUtf8(value)));
      return this;
    }

    /** A number. */
    public Builder number(int field, long value) {
      if (value != 0) {
        field(field).addVarint(value);
      }
      return this;
    }

    /** A boolean. */
    public Builder flag(int field, boolean value) {
      return number(field, value ? 1 : 0);
    }

    /** A field of bytes. */
    public Builder data(int field, byte[] value) {
      return value.length == 0 ? this : add(field, ByteString.copyFrom(value));
    }

    /** A field of bytes, which are not copied. */
    public Builder data(int field, ByteString value) {
      return value.isEmpty() ? this : add(field, value);
    }

    /** One more value of a repeated field of bytes. */
    public Builder add(int field, ByteString value) {
      field(field).addLengthDelimited(value);
      return this;
    }

    /** A message, or one more of a repeated field. */
    public Builder message(int field, Message value) {
      return add(field, value.bytes());
    }

    /** A repeated field of messages. */
    public Builder messages(int field, Iterable<Message> values) {
      values.forEach(value -> message(field, value));
      return this;
    }

    /** A map from text to text. */
    public Builder map(int field, Map<String, String> values) {
      values.forEach(
          (key, value) -> message(field, Message.of().text(KEY, key).text(VALUE, value).build()));
      return this;
    }

    /** A map from text to bytes. */
    public Builder dataMap(int field, Map<String, byte[]> values) {
      values.forEach(
          (key, value) -> message(field, Message.of().text(KEY, key).data(VALUE, value).build()));
      return this;
    }

    /** A point in time ({@code google.protobuf.Timestamp}); nothing for null. */
    public Builder time(int field, Instant value) {
      if (value == null) {
        return this;
      }
      Message time =
          Message.of().number(1, value.getEpochSecond()).number(2, value.getNano()).build();
      return message(field, time);
    }

    /** The message. */
    public Message build() {
      UnknownFieldSet.Builder all = UnknownFieldSet.newBuilder();
      fields.forEach((number, field) -> all.addField(number, field.build()));
      return new Message(all.build());
    }
  }

  /** Text as a field of bytes has it. */
  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
