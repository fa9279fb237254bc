package dev.mokha.docker.buildkit.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MessageTest {
  @Test
  void theBytesAreProtobufs() {
    // {1: 150} and {2: "testing"}: the examples of protobuf's own page on its encoding.
    assertThat(HexFormat.of().formatHex(Message.of().number(1, 150).build().bytes().toByteArray()))
        .isEqualTo("089601");
    Message text = Message.of().text(2, "testing").build();
    assertThat(HexFormat.of().formatHex(text.bytes().toByteArray()))
        .isEqualTo("120774657374696e67");
  }

  @Test
  void whatIsTheDefaultIsNotSent() {
    Message empty =
        Message.of().text(1, "").number(2, 0).flag(3, false).data(4, new byte[0]).build();
    assertThat(empty.bytes().size()).isZero();
    assertThat(empty.text(1)).isEmpty();
    assertThat(empty.number(2)).isZero();
    assertThat(empty.message(9)).isEqualTo(Message.EMPTY);
    assertThat(empty.has(1)).isFalse();
  }

  @Test
  void theLastOfAFieldCounts() {
    Message both = Message.of().number(1, 5).number(1, 7).text(2, "a").text(2, "b").build();
    assertThat(both.number(1)).isEqualTo(7);
    assertThat(both.text(2)).isEqualTo("b");
    assertThat(both.texts(2)).containsExactly("a", "b");
  }

  @Property(tries = 200)
  void whatIsWrittenIsRead(
      @ForAll String text, @ForAll long number, @ForAll Map<String, String> map) {
    Message message =
        Message.of()
            .text(1, text)
            .number(2, number)
            .map(3, map)
            .time(4, Instant.ofEpochSecond(1, 2))
            .messages(5, List.of(Message.EMPTY, Message.of().text(1, text).build()))
            .build();
    Message read = Message.parse(message.bytes());
    assertThat(read).isEqualTo(message);
    assertThat(read.number(2)).isEqualTo(number);
    assertThat(read.data(1)).isEqualTo(ByteString.copyFromUtf8(text));
    assertThat(read.map(3)).hasSize(map.size());
    assertThat(read.message(4).number(2)).isEqualTo(2);
    assertThat(read.messages(5)).hasSize(2);
  }

  @Property(tries = 500)
  void whatIsNoMessageIsRefused(@ForAll byte[] bytes) {
    try {
      Message.parse(ByteString.copyFrom(bytes)).bytes();
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("protobuf");
    }
  }

  @Test
  void aCutMessageIsRefused() {
    assertThatThrownBy(() -> Message.parse(ByteString.copyFrom(new byte[] {0x12, 7, 't'})))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
