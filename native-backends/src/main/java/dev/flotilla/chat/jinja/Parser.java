package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.Expression.FilterCall;
import dev.flotilla.chat.jinja.Expression.Name;
import dev.flotilla.chat.jinja.Statement.Branch;
import dev.flotilla.chat.jinja.Statement.Signature;
import java.util.ArrayList;
import java.util.List;

/** Parses template data, print statements and tags; {@link ExpressionParser} what is inside. */
final class Parser {

  /**
   * A parsed template.
   *
   * @param names how many occurrences of names are numbered in it
   * @param scopes how many scopes
   */
  record Template(List<Statement> body, int names, int scopes) {}

  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private final TargetParser targets;
  private final List<String> openTags = new ArrayList<>();
  private int scopes;

  /** Loops around the current statement within the current macro or recursive loop. */
  private int loops;

  private Parser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
    this.targets = new TargetParser(tokens, expressions);
  }

  static Template parse(Source source, Limits limits) {
    Parser parser = new Parser(new TokenStream(source, Lexer.tokenize(source), limits.nesting()));
    List<Statement> body = parser.statements();
    return new Template(body, parser.expressions.nameCount(), parser.scopes);
  }

  /** Statements up to one of {@code ends}, which stays current, or without any to the end. */
  private List<Statement> statements(String... ends) {
    tokens.enter();
    List<Statement> body = new ArrayList<>();
    while (!tokens.at(Token.Kind.END)) {
      Token token = tokens.take();
      switch (token.kind()) {
        case DATA -> body.add(new Statement.Text(token.text(), token.span()));
        case VARIABLE_BEGIN -> {
          Expression value = expressions.tuple(true, null);
          body.add(new Statement.Output(value, value.span()));
          tokens.expect(Token.Kind.VARIABLE_END);
        }
        default -> {
          if (atOneOf(ends)) {
            tokens.leave();
            return List.copyOf(body);
          }
          body.add(statement(ends));
          tokens.expect(Token.Kind.BLOCK_END);
        }
      }
    }
    if (ends.length > 0) {
      throw tokens.error(
          "Unexpected end of template. " + lookingFor(ends), tokens.current().span());
    }
    tokens.leave();
    return List.copyOf(body);
  }

  private boolean atOneOf(String... names) {
    for (String name : names) {
      if (tokens.atName(name)) {
        return true;
      }
    }
    return false;
  }

  private String lookingFor(String... ends) {
    String tags = "'" + String.join("' or '", ends) + "'";
    return "Jinja was looking for the following tags: "
        + tags
        + ". The innermost block that needs to be closed is '"
        + openTags.getLast()
        + "'.";
  }

  private Statement statement(String... ends) {
    Token tag = tokens.current();
    if (!tag.is(Token.Kind.NAME)) {
      throw tokens.error("tag name expected", tag.span());
    }
    tokens.take();
    openTags.add(tag.text());
    Statement statement =
        switch (tag.text()) {
          case "if" -> conditional(tag);
          case "for" -> loop(tag);
          case "set" -> assignment(tag);
          case "break", "continue" -> loopControl(tag);
          case "macro" -> macro(tag);
          case "call" -> callBlock(tag);
          case "filter" -> filterBlock(tag);
          case "with" -> with(tag);
          case "generation" -> generation(tag);
          case "print" -> print(tag);
          case "block" -> block(tag);
          case "include", "import", "from", "extends", "autoescape" -> unsupported(tag);
          default -> throw unknownTag(tag, ends);
        };
    openTags.removeLast();
    return statement;
  }

  private JinjaException unknownTag(Token tag, String... ends) {
    openTags.removeLast();
    String reason = "Encountered unknown tag '" + tag.text() + "'.";
    return tokens.error(ends.length == 0 ? reason : reason + " " + lookingFor(ends), tag.span());
  }

  /** The rest of the opening tag, and the body up to one of {@code ends}, which stays current. */
  private List<Statement> body(String... ends) {
    tokens.skip(Token.Kind.COLON);
    tokens.expect(Token.Kind.BLOCK_END);
    return statements(ends);
  }

  /** A body that only {@code end} closes; takes it. */
  private List<Statement> bodyTo(String end) {
    List<Statement> body = body(end);
    tokens.expectName(end);
    return body;
  }

  private Statement conditional(Token tag) {
    List<Branch> branches = new ArrayList<>();
    List<Statement> otherwise = List.of();
    do {
      Expression condition = expressions.tuple(false, null);
      branches.add(new Branch(condition, body("elif", "else", "endif")));
    } while (tokens.skipName("elif"));
    if (tokens.skipName("else")) {
      otherwise = body("endif");
    }
    tokens.expectName("endif");
    return new Statement.If(List.copyOf(branches), otherwise, tag.span());
  }

  private Statement loop(Token tag) {
    int scope = scopes;
    scopes += 3;
    int loopId = expressions.reserveNames(1);
    Target target = targets.target(false, "in");
    tokens.expectName("in");
    Expression iterable = expressions.tuple(false, "recursive");
    Expression filter = tokens.skipName("if") ? expressions.expression() : null;
    boolean isRecursive = tokens.skipName("recursive");
    loops++;
    List<Statement> body = body("endfor", "else");
    loops--;
    List<Statement> otherwise = tokens.skipName("else") ? body("endfor") : List.of();
    tokens.expectName("endfor");
    return new Statement.For(
        target, iterable, filter, isRecursive, body, otherwise, scope, loopId, tag.span());
  }

  private Statement loopControl(Token tag) {
    if (loops == 0) {
      throw tokens.error("'" + tag.text() + "' outside loop", tag.span());
    }
    return new Statement.LoopControl(tag.isName("break"), tag.span());
  }

  private Statement assignment(Token tag) {
    Target target = targets.target(true, null);
    if (tokens.skip(Token.Kind.ASSIGN)) {
      return new Statement.Assign(target, expressions.tuple(true, null), tag.span());
    }
    int scope = scopes++;
    FilterCall filter = null;
    while (tokens.skip(Token.Kind.PIPE)) {
      filter = expressions.filter(filter, tokens.position());
    }
    return new Statement.AssignBlock(target, filter, bodyTo("endset"), scope, tag.span());
  }

  private Statement macro(Token tag) {
    int scope = scopes++;
    Name name = targets.name();
    Signature signature = signature();
    return new Statement.Macro(name, signature, closedBody("endmacro"), scope, tag.span());
  }

  private Statement callBlock(Token tag) {
    int scope = scopes++;
    Signature signature =
        tokens.at(Token.Kind.LEFT_PAREN)
            ? signature()
            : new Signature(List.of(), List.of(), expressions.reserveNames(3));
    if (!(expressions.expression() instanceof Expression.Call call)) {
      throw tokens.error("expected call", tag.span());
    }
    return new Statement.CallBlock(call, signature, closedBody("endcall"), scope, tag.span());
  }

  private Signature signature() {
    tokens.expect(Token.Kind.LEFT_PAREN);
    List<Name> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    while (!tokens.at(Token.Kind.RIGHT_PAREN)) {
      if (!parameters.isEmpty()) {
        tokens.expect(Token.Kind.COMMA);
      }
      Name parameter = targets.name();
      for (Name other : parameters) {
        if (other.name().equals(parameter.name())) {
          throw tokens.error(
              "duplicate argument '" + other.name() + "' in function definition", parameter.span());
        }
      }
      parameters.add(parameter);
      if (tokens.skip(Token.Kind.ASSIGN)) {
        defaults.add(expressions.expression());
      } else if (!defaults.isEmpty()) {
        throw tokens.error("non-default argument follows default argument", parameter.span());
      }
    }
    tokens.expect(Token.Kind.RIGHT_PAREN);
    return new Signature(
        List.copyOf(parameters), List.copyOf(defaults), expressions.reserveNames(3));
  }

  /** A body that runs as a function of its own: {@code break} cannot leave it. */
  private List<Statement> closedBody(String end) {
    int outerLoops = loops;
    loops = 0;
    List<Statement> body = bodyTo(end);
    loops = outerLoops;
    return body;
  }

  private Statement filterBlock(Token tag) {
    int scope = scopes++;
    FilterCall filter = expressions.filter(null, tokens.position());
    while (tokens.skip(Token.Kind.PIPE)) {
      filter = expressions.filter(filter, tag.span().start());
    }
    return new Statement.FilterBlock(filter, bodyTo("endfilter"), scope, tag.span());
  }

  private Statement with(Token tag) {
    int scope = scopes++;
    List<Target> patterns = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.at(Token.Kind.BLOCK_END)) {
      if (!patterns.isEmpty()) {
        tokens.expect(Token.Kind.COMMA);
      }
      patterns.add(targets.target(false, null));
      tokens.expect(Token.Kind.ASSIGN);
      values.add(expressions.expression());
    }
    return new Statement.With(
        List.copyOf(patterns), List.copyOf(values), bodyTo("endwith"), scope, tag.span());
  }

  private Statement generation(Token tag) {
    int scope = scopes++;
    return new Statement.Generation(closedBody("endgeneration"), scope, tag.span());
  }

  private Statement print(Token tag) {
    List<Expression> values = new ArrayList<>();
    while (!tokens.at(Token.Kind.BLOCK_END)) {
      if (!values.isEmpty()) {
        tokens.expect(Token.Kind.COMMA);
      }
      values.add(expressions.expression());
    }
    Span span = tokens.spanFrom(tag.span().start(), 0);
    return new Statement.Output(new Expression.Concat(List.copyOf(values), span), span);
  }

  private Statement block(Token tag) {
    int scope = scopes++;
    String name = tokens.expect(Token.Kind.NAME).text();
    if (tokens.atName("scoped") || tokens.atName("required")) {
      throw tokens.error("'" + tokens.current().text() + "' blocks are not supported", tag.span());
    }
    List<Statement> body = closedBody("endblock");
    tokens.skipName(name);
    return new Statement.Block(name, body, scope, tag.span());
  }

  /** The reference fails on these only where they are reached; skips to the tag's end. */
  private Statement unsupported(Token tag) {
    if (tag.isName("autoescape") || tag.isName("extends")) {
      throw tokens
          .source()
          .error(
              JinjaException.Kind.UNSUPPORTED,
              "'" + tag.text() + "' has no use in chat templates and is not supported",
              tag.span());
    }
    while (!tokens.at(Token.Kind.BLOCK_END) && !tokens.at(Token.Kind.END)) {
      tokens.take();
    }
    return new Statement.Unsupported(tag.text(), tag.span());
  }
}
