package dev.flotilla.chat.jinja;

import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A compiled chat template. Immutable; any number of threads may render it at once.
 *
 * <p>The language is that of Python's jinja2 3.1 as Hugging Face transformers sets it up, whose
 * output this reproduces to the byte. Refused, with {@link JinjaException.Kind#UNSUPPORTED}: other
 * templates ({@code include}, {@code import}, {@code extends}), {@code autoescape}, and what draws
 * on chance or is of no use in a prompt ({@code lipsum}, {@code urlize}, {@code wordwrap}).
 */
public final class JinjaTemplate {
  private final Source source;
  private final Parser.Template template;
  private final Resolver.Resolution names;
  private final Limits limits;

  private JinjaTemplate(Source source, Limits limits) {
    this.source = source;
    this.limits = limits;
    this.template = Parser.parse(source, limits);
    this.names = Resolver.resolve(source, template);
  }

  /**
   * Compiles a template.
   *
   * @param source the template's text
   * @param limits bounds on the source and on every rendering
   * @throws JinjaException if it is not a valid template or crosses a limit
   */
  public static JinjaTemplate compile(String source, Limits limits) {
    if (source.length() > limits.sourceCharacters()) {
      throw Failure.limit(
              "the template is longer than " + limits.sourceCharacters() + " characters")
          .withoutPlace();
    }
    return new JinjaTemplate(Source.normalise(source), limits);
  }

  /**
   * Renders the template.
   *
   * @param context the variables by name: null, {@link Boolean}, {@link Integer}, {@link Long},
   *     {@link java.math.BigInteger}, {@link Double}, {@link String}, and lists and maps of these;
   *     not changed, and must not change meanwhile
   * @param clock tells the time to {@code strftime_now}
   * @throws JinjaException if the template refuses the input, fails on it, or crosses a limit
   */
  public String render(Map<String, ? extends @Nullable Object> context, Clock clock) {
    try {
      Context variables = new Context(context, limits);
      return new Interpreter(source, names, variables, new Budget(limits), clock)
          .render(template.body());
    } catch (Failure failure) {
      throw failure.withoutPlace();
    }
  }

  Parser.Template template() {
    return template;
  }
}
