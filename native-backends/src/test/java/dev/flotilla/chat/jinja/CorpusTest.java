package dev.flotilla.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.chat.jinja.JinjaException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CorpusTest {
  private int rendered;
  private int refused;
  private int failed;
  private int sameReason;
  private final List<String> faults = new ArrayList<>();

  @Test
  void rendersEveryPublishedTemplateAsTheReferenceDoes() {
    List<Corpus.Entry> corpus = Corpus.read();
    int cases = 0;
    for (Corpus.Entry entry : corpus) {
      JinjaTemplate template = JinjaTemplate.compile(entry.template(), Limits.DEFAULT);
      for (Corpus.Case each : entry.cases()) {
        cases++;
        check(entry, template, each);
      }
    }
    System.out.printf(
        "chat templates: %d files, %d of %d cases as the reference"
            + " (%d rendered, %d refused, %d failed; of the failures %d with its message)%n",
        corpus.size(), cases - faults.size(), cases, rendered, refused, failed, sameReason);
    assertThat(faults).isEmpty();
    assertThat(cases).isGreaterThan(2_000);
  }

  private void check(Corpus.Entry entry, JinjaTemplate template, Corpus.Case each) {
    String name = entry.name() + ": " + each.name();
    String actual;
    try {
      actual = template.render(each.context(), entry.clock());
    } catch (JinjaException e) {
      checkFailure(name, each, e);
      return;
    }
    if (actual.equals(each.expected())) {
      rendered++;
    } else {
      faults.add(
          name
              + "\n  expected "
              + (each.expected() == null ? each.raises() : each.expected())
              + "\n  actual   "
              + actual);
    }
  }

  private void checkFailure(String name, Corpus.Case each, JinjaException e) {
    boolean isRefusal = Objects.equals(each.raisesKind(), "raise_exception");
    if (each.raises() == null) {
      faults.add(name + "\n  " + e);
    } else if (isRefusal && e.kind() == Kind.RAISED && e.reason().equals(each.raises())) {
      refused++;
    } else if (!isRefusal && e.kind() != Kind.RAISED && e.line() > 0) {
      failed++;
      sameReason += e.reason().equals(each.raises()) ? 1 : 0;
      if (!e.reason().equals(each.raises())) {
        System.out.println(each.raises() + "  <>  " + e.getMessage());
      }
    } else {
      faults.add(name + "\n  expected " + each.raises() + "\n  actual   " + e);
    }
  }
}
