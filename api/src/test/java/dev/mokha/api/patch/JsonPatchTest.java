package dev.mokha.api.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.error.StatusReason;
import dev.mokha.api.object.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The examples of RFC 6902, appendix A, of RFC 7386, appendix A, and our own limits. */
class JsonPatchTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"foo\":\"bar\"}|[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]|{\"foo\":\"bar\",\"baz\":\"qux\"}",
        "{\"foo\":[\"bar\",\"baz\"]}|[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]|{\"foo\":[\"bar\",\"qux\",\"baz\"]}",
        "{\"baz\":\"qux\",\"foo\":\"bar\"}|[{\"op\":\"remove\",\"path\":\"/baz\"}]|{\"foo\":\"bar\"}",
        "{\"foo\":[\"bar\",\"qux\",\"baz\"]}|[{\"op\":\"remove\",\"path\":\"/foo/1\"}]|{\"foo\":[\"bar\",\"baz\"]}",
        "{\"baz\":\"qux\",\"foo\":\"bar\"}|[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]|{\"baz\":\"boo\",\"foo\":\"bar\"}",
        "{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}|[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]|{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}",
        "{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}|[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]|{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}",
        "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}|[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},{\"op\":\"test\",\"path\":\"/foo/1\",\"value\":2}]|{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}",
        "{\"foo\":\"bar\"}|[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]|{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}",
        "{\"foo\":\"bar\"}|[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"xyz\":123}]|{\"foo\":\"bar\",\"baz\":\"qux\"}",
        "{\"/\":9,\"~1\":10}|[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]|{\"/\":9,\"~1\":10}",
        "{\"foo\":[\"bar\"]}|[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]|{\"foo\":[\"bar\",[\"abc\",\"def\"]]}",
        "{\"a\":1}|[{\"op\":\"test\",\"path\":\"/a\",\"value\":1.0},{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]|{\"a\":1,\"b\":1}",
      })
  void followsRfc6902(String document, String patch, String expected) {
    assertThat(JsonPatch.apply(tree(document), tree(patch))).isEqualTo(tree(expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"baz\":\"qux\"}|[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]|testing value"
            + " /baz failed: test failed",
        "{\"foo\":\"bar\"}|[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]|add operation"
            + " does not apply: doc is missing path",
        "{\"foo\":\"bar\"}|[{\"op\":\"remove\",\"path\":\"/baz\"}]|Unable to remove nonexistent"
            + " key: baz: missing value",
        "{\"foo\":\"bar\"}|[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":1}]|replace operation"
            + " does not apply: doc is missing key: /baz",
        "{\"foo\":[1]}|[{\"op\":\"add\",\"path\":\"/foo/2\",\"value\":1}]|Unable to access invalid"
            + " index: 2",
        "{\"foo\":{\"a\":1}}|[{\"op\":\"move\",\"from\":\"/foo\",\"path\":\"/foo/b\"}]|can't move"
            + " into itself",
        "{\"/\":9,\"~1\":10}|[{\"op\":\"test\",\"path\":\"/~01\",\"value\":\"10\"}]|test failed",
        "{}|[{\"op\":\"frob\",\"path\":\"/a\"}]|Unexpected kind: frob",
      })
  void refusesWhatDoesNotFit(String document, String patch, String why) {
    assertThatThrownBy(() -> JsonPatch.apply(tree(document), tree(patch)))
        .isInstanceOfSatisfying(
            StatusException.class,
            e -> {
              assertThat(e.code()).isEqualTo(422);
              assertThat(e.reason()).isEqualTo(StatusReason.INVALID);
              assertThat(e)
                  .hasMessage("the server rejected our request due to an error in our request");
              assertThat(e.details().causes().getFirst().message()).contains(why);
            });
  }

  @Test
  void leavesTheLiveObjectAlone() {
    JsonNode live = tree("{\"a\":{\"b\":1}}");
    JsonPatch.apply(live, tree("[{\"op\":\"remove\",\"path\":\"/a/b\"}]"));
    assertThat(live).isEqualTo(tree("{\"a\":{\"b\":1}}"));
  }

  @Test
  void limitsTheOperations() {
    StringBuilder patch = new StringBuilder("[");
    for (int i = 0; i <= JsonPatch.MOST_OPERATIONS; i++) {
      patch.append(i == 0 ? "" : ",").append("{\"op\":\"test\",\"path\":\"\",\"value\":{}}");
    }
    assertThatThrownBy(() -> JsonPatch.apply(tree("{}"), tree(patch.append("]").toString())))
        .hasMessage("The allowed maximum operations in a JSON patch is 10000, got 10001");
  }

  @Test
  void limitsWhatCopiesAddUpTo() {
    StringBuilder patch = new StringBuilder("[{\"op\":\"add\",\"path\":\"/a\",\"value\":[1,2]}");
    for (int i = 0; i < 64; i++) {
      patch.append(",{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/-\"}");
    }
    assertThatThrownBy(() -> JsonPatch.apply(tree("{}"), tree(patch.append("]").toString())))
        .hasMessageContaining("copy too much");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":\"b\"}|{\"a\":\"c\"}|{\"a\":\"c\"}",
        "{\"a\":\"b\"}|{\"b\":\"c\"}|{\"a\":\"b\",\"b\":\"c\"}",
        "{\"a\":\"b\"}|{\"a\":null}|{}",
        "{\"a\":\"b\",\"b\":\"c\"}|{\"a\":null}|{\"b\":\"c\"}",
        "{\"a\":[\"b\"]}|{\"a\":\"c\"}|{\"a\":\"c\"}",
        "{\"a\":\"c\"}|{\"a\":[\"b\"]}|{\"a\":[\"b\"]}",
        "{\"a\":{\"b\":\"c\"}}|{\"a\":{\"b\":\"d\",\"c\":null}}|{\"a\":{\"b\":\"d\"}}",
        "{\"a\":[{\"b\":\"c\"}]}|{\"a\":[1]}|{\"a\":[1]}",
        "[\"a\",\"b\"]|[\"c\",\"d\"]|[\"c\",\"d\"]",
        "{\"a\":\"b\"}|[\"c\"]|[\"c\"]",
        "{\"a\":\"foo\"}|null|null",
        "{\"a\":\"foo\"}|\"bar\"|\"bar\"",
        "{\"e\":null}|{\"a\":1}|{\"e\":null,\"a\":1}",
        "[1,2]|{\"a\":\"b\",\"c\":null}|{\"a\":\"b\"}",
        "{}|{\"a\":{\"bb\":{\"ccc\":null}}}|{\"a\":{\"bb\":{}}}",
      })
  void followsRfc7386(String target, String patch, String expected) {
    assertThat(MergePatch.merge(tree(target), tree(patch))).isEqualTo(tree(expected));
  }

  @Test
  void refusesWhatIsNoPatch() {
    byte[] noJson = "{".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> JsonPatch.apply(Json.MAPPER.createObjectNode(), noJson))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.code()).isEqualTo(400));
    assertThatThrownBy(() -> MergePatch.apply(Json.MAPPER.createObjectNode(), noJson))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.code()).isEqualTo(400));
  }

  private static JsonNode tree(String json) {
    return Json.MAPPER.readTree(json);
  }
}
