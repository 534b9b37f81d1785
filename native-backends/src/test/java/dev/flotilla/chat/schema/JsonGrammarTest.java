package dev.flotilla.chat.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flotilla.chat.ChatException;
import dev.flotilla.chat.ChatFailure;
import dev.flotilla.chat.jinja.TestJson;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonGrammarTest {
  private static final long SEED = Long.getLong("flotilla.seed", System.nanoTime());

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '\0',
      textBlock =
          """
          {"type":"string"}                                   ¦ "a\\u00e9\\ud83d\\ude00\\/\\n😀" ¦ "\\ud83d"
          {"type":"string","minLength":2,"maxLength":3}       ¦ "ab"      ¦ "abcd"
          {"type":"string","minLength":2,"maxLength":3}       ¦ "ab\\n"   ¦ "a"
          {"type":"string","pattern":"^\\\\d+(\\\\.\\\\d+)?$"} ¦ "12.5"   ¦ "12."
          {"type":"string","pattern":"b"}                     ¦ "abc"     ¦ "ac"
          {"type":"string","format":"date"}                   ¦ "2024-02-29" ¦ "2023-02-29"
          {"type":"string","format":"date-time"}              ¦ "2026-11-22T03:44:11Z" ¦ "2026-11-22"
          {"type":"string","format":"time"}                   ¦ "23:59:59.123+01:00" ¦ "24:00:00Z"
          {"type":"string","format":"uuid"} ¦ "123e4567-e89b-12d3-a456-426614174000" ¦ "123e4567"
          {"type":"string","format":"email"}                  ¦ "a.b@example.org" ¦ "a@b@c.de"
          {"type":"string","format":"ipv4"}                   ¦ "192.168.0.1" ¦ "256.1.1.1"
          {"type":"string","format":"duration"}               ¦ "P1DT2H30M" ¦ "P"
          {"type":"string","format":"uri"}                    ¦ "https://flotilla.dev/a?b=1" ¦ "flotilla"
          {"type":"integer"}                                  ¦ -120      ¦ 1.5
          {"type":"integer"}                                  ¦ 0         ¦ 007
          {"type":"integer","minimum":3,"maximum":120}        ¦ 120       ¦ 121
          {"type":"integer","exclusiveMinimum":-5}            ¦ -4        ¦ -5
          {"type":"integer","maximum":-10}                    ¦ -123      ¦ -9
          {"type":"integer","minimum":1.5,"exclusiveMaximum":3} ¦ 2       ¦ 3
          {"type":"number"}                                   ¦ -1.5e10   ¦ .5
          {"type":"number","minimum":0,"maximum":1}           ¦ 0.999     ¦ 1.01
          {"type":"number","exclusiveMinimum":0}              ¦ 0.0001    ¦ 0.0
          {"type":"number","minimum":-2.75,"maximum":-2.5}    ¦ -2.6      ¦ -2.76
          {"type":"boolean"}                                  ¦ true      ¦ null
          {"type":["integer","null"]}                         ¦ null      ¦ "x"
          {"type":"integer","nullable":true}                  ¦ null      ¦ true
          {"enum":["a",1,null,[true]]}                        ¦ [true]    ¦ "b"
          {"enum":["a",1],"type":"integer"}                   ¦ 1         ¦ "a"
          {"const":{"a":"\\"x\\""}}                           ¦ {"a":"\\"x\\""} ¦ {"a":"x"}
          {"type":"object"}                                   ¦ {"a": [1, {"b": null}]} ¦ []
          {}                                                  ¦ [{"a":1}, "x", -2.5e3] ¦ {a:1}
          {"properties":{"a":{"type":"null"},"b":true},"required":["b"]} ¦ {"b":1} ¦ {"a":null}
          {"properties":{"a":{"type":"null"},"b":true}}       ¦ {}        ¦ {"c":1}
          {"properties":{"a":true},"additionalProperties":{"type":"integer"}} ¦ {"a":"x","ab":1} ¦ {"b":"x"}
          {"properties":{"a":{"type":"null"}},"additionalProperties":true} ¦ {"b":1} ¦ {"\\u0061":1}
          {"type":"object","required":["k"]}                  ¦ {"k":1,"l":2} ¦ {"l":2}
          {"items":{"type":"null"},"minItems":1,"maxItems":2} ¦ [null]    ¦ []
          {"items":{"type":"null"},"minItems":1,"maxItems":2} ¦ [null,null] ¦ [null,null,null]
          {"prefixItems":[{"type":"null"},{"type":"boolean"}]} ¦ [null,true] ¦ [null]
          {"prefixItems":[{"type":"null"}],"items":{"type":"boolean"},"minItems":0} ¦ [null,true,false] ¦ [true]
          {"type":"array","items":[{"type":"null"}],"additionalItems":false} ¦ [null] ¦ [null,1]
          {"anyOf":[{"type":"null"},{"const":1}]}             ¦ 1         ¦ 2
          {"oneOf":[{"type":"null"},{"const":1}],"title":"t"} ¦ null      ¦ 2
          {"type":"object","properties":{"k":true},"anyOf":[{"required":["k"]}]} ¦ {"k":1} ¦ {}
          {"allOf":[{"type":"integer","minimum":2},{"maximum":4}]} ¦ 3    ¦ 5
          {"allOf":[{"properties":{"a":{"const":1}},"required":["a"]},{"properties":{"b":{"const":2}}}]} ¦ {"a":1,"b":2} ¦ {"b":2}
          {"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}}}}} ¦ {"next":{"next":{}}} ¦ {"next":1}
          {"$ref":"#/definitions/a~1b","definitions":{"a/b":{"const":1}}} ¦ 1 ¦ 2
          {"type":"object","properties":{"me":{"$ref":"#"}}}  ¦ {"me":{"me":{}}} ¦ {"me":[]}
          {"type":"string","maxLength":2500}                  ¦ "abc"     ¦ "abc
          """)
  void admitsWhatIsValidAndNothingElse(String schema, String valid, String invalid) {
    GbnfMatcher grammar = new GbnfMatcher(JsonGrammar.gbnf(TestJson.parseObject(schema)));

    assertThat(grammar.matches(valid)).as(valid).isTrue();
    assertThat(grammar.matches(invalid)).as(invalid).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '\0',
      textBlock =
          """
          {"properties":{"a/b":{"not":{}}}}         ¦ #/properties/a~1b/not is not supported
          {"type":"colour"}                         ¦ #/type must be one of
          {"type":[]}                               ¦ #/type must not be empty
          {"if":{}}                                 ¦ #/if is not supported
          {"items":{"multipleOf":2}}                ¦ #/items/multipleOf is not supported
          {"type":"array","uniqueItems":true}       ¦ #/uniqueItems is not supported
          {"pattern":"(?=a)"}                       ¦ #/pattern looks around
          {"pattern":"(a*)*"}                       ¦ #/pattern repeats without bound
          {"pattern":"\\\\bword"}                   ¦ #/pattern uses \\b
          {"pattern":"a{2000}"}                     ¦ #/pattern has a repetition
          {"pattern":"(a"}                          ¦ #/pattern has a '('
          {"pattern":"a","maxLength":3}             ¦ #/maxLength is not supported beside pattern
          {"format":"color"}                        ¦ #/format is none of
          {"$ref":"#/$defs/x"}                      ¦ #/$ref points to
          {"$ref":"other.json"}                     ¦ #/$ref must point into
          {"$ref":"#"}                              ¦ refers to nothing but itself
          {"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"},{"type":"null"}]}},"$ref":"#/$defs/a"} ¦ refers to nothing but itself
          {"minLength":-1}                          ¦ #/minLength must be an integer
          {"maxLength":1000000}                     ¦ #/maxLength must be an integer
          {"minimum":"1"}                           ¦ #/minimum must be a number
          {"minimum":1e300}                         ¦ #/minimum has more than
          {"properties":[]}                         ¦ #/properties must be an object
          {"required":"a"}                          ¦ #/required must be an array
          {"properties":{"a":true},"required":["b"]} ¦ #/required names 'b'
          {"type":"integer","minimum":3,"maximum":2} ¦ nothing can match
          {"allOf":[{"type":"string"},{"type":"null"}]} ¦ nothing can match
          {"allOf":[{"pattern":"a"},{"pattern":"b"}]} ¦ #/pattern is given twice
          {"items":3}                               ¦ #/items/ must be an object or a boolean
          {"anyOf":[]}                              ¦ #/anyOf must not be empty
          """)
  void refusesTheRestByPointerAndKeyword(String schema, String message) {
    assertThatExceptionOfType(ChatException.class)
        .isThrownBy(() -> JsonGrammar.gbnf(TestJson.parseObject(schema)))
        .withMessageContaining(message)
        .satisfies(refused -> assertThat(refused.failure()).isEqualTo(ChatFailure.SCHEMA));
  }

  @Test
  void boundsWhatASchemaCanCost() {
    String deep = "{\"items\":".repeat(250) + "{}" + "}".repeat(250);
    String repeated =
        IntStream.range(0, 80)
            .mapToObj(i -> "\"p" + i + "\":{\"type\":\"string\",\"maxLength\":" + (900 + i) + "}")
            .collect(Collectors.joining(",", "{\"properties\":{", "}}"));
    String doubling =
        IntStream.range(0, 20)
            .mapToObj(i ->
                "\"d%d\":{\"allOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"properties\":{\"a%d\":{\"$ref\":\"#/$defs/d%d\"}}}]}"
                    .formatted(i, i + 1, i, i + 1))
            .collect(
                Collectors.joining(
                    ",",
                    "{\"$ref\":\"#/$defs/d0\",\"$defs\":{",
                    ",\"d20\":{\"type\":\"object\"}}}"));
    assertRefused(deep, "nested deeper than 200");
    assertRefused(repeated, "bounded repetitions");
    assertRefused(doubling, "nested deeper than 200");
  }

  private static void assertRefused(String schema, String message) {
    assertThatExceptionOfType(ChatException.class)
        .isThrownBy(() -> JsonGrammar.gbnf(TestJson.parseObject(schema)))
        .withMessageContaining(message);
  }

  @Test
  void whiteSpaceIsBounded() {
    GbnfMatcher grammar = new GbnfMatcher(JsonGrammar.gbnf(Map.of("type", "object")));

    assertThat(grammar.matches("{\n  \"a\": [\n    1\n  ]\n}")).isTrue();
    assertThat(grammar.matches("{}")).isTrue();
    assertThat(grammar.matches("{  }")).isFalse();
    assertThat(grammar.matches("{\n\n}")).isFalse();
    assertThat(grammar.matches("{\n" + " ".repeat(40) + "}")).isFalse();
    assertThat(grammar.matches("{} ")).isFalse();
  }

  @Test
  void validValuesInTheSchemasOrderMatchItsGrammar() {
    for (int i = 0; i < 400; i++) {
      Random random = new Random(SEED + i);
      SchemaSamples samples = new SchemaSamples(random);
      Map<String, Object> schema = samples.schema();
      GbnfMatcher grammar = new GbnfMatcher(JsonGrammar.gbnf(schema));
      TestValidator validator = new TestValidator(schema);
      for (int j = 0; j < 5; j++) {
        Object value = samples.value(schema);
        String json = SchemaSamples.json(value, j % 2 == 0);
        if (json.length() < 400 && validator.isValid(value)) {
          assertThat(grammar.matches(json))
              .as("seed %d: %s%n%s", SEED + i, json, JsonStrings.json(schema))
              .isTrue();
        }
      }
    }
  }

  @Test
  void whatAGrammarMakesIsValidJsonOfTheSchema() {
    for (int i = 0; i < 400; i++) {
      Random random = new Random(SEED + i);
      Map<String, Object> schema = new SchemaSamples(random).schema();
      GbnfMatcher grammar = new GbnfMatcher(JsonGrammar.gbnf(schema));
      TestValidator validator = new TestValidator(schema);
      for (int j = 0; j < 5; j++) {
        String json = grammar.sample(random, 12);
        assertThat(validator.isValid(TestJson.parse(json)))
            .as("seed %d: %s%n%s", SEED + i, json, JsonStrings.json(schema))
            .isTrue();
      }
    }
  }

  @Test
  void whatMatchesTheGrammarOfAnotherSchemaIsValidAgainstIt() {
    int matched = 0;
    for (int i = 0; i < 300; i++) {
      Random random = new Random(SEED + i);
      Map<String, Object> schema = new SchemaSamples(random).schema();
      GbnfMatcher grammar = new GbnfMatcher(JsonGrammar.gbnf(schema));
      TestValidator validator = new TestValidator(schema);
      for (int j = 0; j < 10; j++) {
        SchemaSamples others = new SchemaSamples(random);
        Object value = others.value(others.schema());
        String json = SchemaSamples.json(value, false);
        if (json.length() < 200 && grammar.matches(json)) {
          matched++;
          assertThat(validator.isValid(value))
              .as("seed %d: %s%n%s", SEED + i, json, JsonStrings.json(schema))
              .isTrue();
        }
      }
    }
    assertThat(matched).isPositive();
  }
}
