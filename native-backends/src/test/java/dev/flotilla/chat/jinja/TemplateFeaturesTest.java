package dev.flotilla.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TemplateFeaturesTest {

  private static TemplateFeatures features(String template) {
    return TemplateFeatures.of(JinjaTemplate.compile(template, Limits.DEFAULT));
  }

  @Test
  void aTemplateThatPrintsContentOnlyKnowsNothingElse() {
    assertThat(features("{% for m in messages if m.role != 'system' %}{{ m.content }}{% endfor %}"))
        .isEqualTo(new TemplateFeatures(false, false, false, false));
  }

  @Test
  void mentionsAloneDoNotMakeToolsReachThePrompt() {
    assertThat(features("{% if tools %}tools{% endif %}").tools()).isFalse();
    assertThat(features("{{ tools|tojson }}").tools()).isTrue();
  }

  @Test
  void thinkingAndPartsAreFoundByWhatTheTemplateReads() {
    TemplateFeatures features =
        features(
            "{{ messages[0].content }}{% if enable_thinking %}{{ m['image_url'] }}{% endif %}");
    assertThat(features).isEqualTo(new TemplateFeatures(true, false, true, true));
  }

  @Test
  void publishedTemplatesHaveTheirKnownFeatures() {
    Map<String, TemplateFeatures> found = new HashMap<>();
    for (Corpus.Entry entry : Corpus.read()) {
      found.put(entry.name(), features(entry.template()));
    }
    assertThat(found)
        .containsEntry(
            "google-gemma-2-2b-it.json", new TemplateFeatures(false, false, false, false))
        .containsEntry("Qwen-Qwen3-0.6B.json", new TemplateFeatures(true, true, true, false))
        .containsEntry(
            "Qwen-Qwen2.5-7B-Instruct.json", new TemplateFeatures(true, true, false, false))
        .containsEntry("Kimi-K2-Instruct.json", new TemplateFeatures(true, true, false, true));
  }

  @Test
  void namesWhatItFound() {
    assertThat(new TemplateFeatures(true, true, false, true).names())
        .containsExactly("system role", "tools", "images or sound");
    assertThat(new TemplateFeatures(false, false, false, false).names()).isEmpty();
  }
}
