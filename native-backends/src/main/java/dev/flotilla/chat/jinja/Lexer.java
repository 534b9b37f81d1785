package dev.flotilla.chat.jinja;

import dev.flotilla.chat.jinja.JinjaException.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Splits a template into tokens, and applies whitespace control on the way: {@code -} strips all
 * white space on its side of a tag, a line break right after a block or comment goes ({@code
 * trim_blocks}), and so does the indentation before one that starts its line ({@code
 * lstrip_blocks}); {@code +} keeps either.
 */
final class Lexer {
  private final Source source;
  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private final Deque<Token.Kind> open = new ArrayDeque<>();
  private int at;

  /** Whether the piece before {@code at} ended with a line break; the template's start counts. */
  private boolean startsLine = true;

  private Lexer(Source source) {
    this.source = source;
    this.text = source.text();
  }

  static List<Token> tokenize(Source source) {
    Lexer lexer = new Lexer(source);
    while (lexer.at < lexer.text.length()) {
      lexer.template();
    }
    lexer.add(Token.Kind.END, "", lexer.at);
    return lexer.tokens;
  }

  /** Data up to the next tag, and that tag. */
  private void template() {
    int tag = nextTag(at);
    if (tag < 0) {
      addData(at, text.length());
      at = text.length();
      return;
    }
    char type = text.charAt(tag + 1);
    int afterSign = tag + 2;
    char sign = signAt(afterSign);
    if (sign != 0) {
      afterSign++;
    }
    addData(at, dataEnd(at, tag, sign, type != '{'));
    int rawBody = type == '%' ? rawBody(afterSign) : -1;
    if (rawBody >= 0) {
      moveTo(rawBody);
      raw(tag);
    } else if (type == '#') {
      at = afterSign;
      comment(tag);
    } else {
      boolean isBlock = type == '%';
      at = afterSign;
      add(isBlock ? Token.Kind.BLOCK_BEGIN : Token.Kind.VARIABLE_BEGIN, "", tag);
      startsLine = false;
      code(isBlock);
    }
  }

  private int nextTag(int from) {
    for (int brace = text.indexOf('{', from); brace >= 0; brace = text.indexOf('{', brace + 1)) {
      if (brace + 1 < text.length() && "{%#".indexOf(text.charAt(brace + 1)) >= 0) {
        return brace;
      }
    }
    return -1;
  }

  /** {@code -} or {@code +}; 0 for neither. */
  private char signAt(int index) {
    char c = index < text.length() ? text.charAt(index) : 0;
    return c == '-' || c == '+' ? c : 0;
  }

  /** Where the data that starts at {@code start} ends once {@code tag} has stripped it. */
  private int dataEnd(int start, int tag, char sign, boolean stripsIndentation) {
    if (sign == '-') {
      int end = tag;
      while (end > start && Chars.isSpace(text.charAt(end - 1))) {
        end--;
      }
      return end;
    }
    if (sign == '+' || !stripsIndentation) {
      return tag;
    }
    int line = Math.max(start, text.lastIndexOf('\n', tag - 1) + 1);
    if (line == start && !startsLine) {
      return tag;
    }
    for (int i = line; i < tag; i++) {
      if (!Chars.isSpace(text.charAt(i))) {
        return tag;
      }
    }
    return line;
  }

  /** Where the raw text starts if a {@code raw} tag's inside is at {@code index}, otherwise -1. */
  private int rawBody(int index) {
    int name = skipSpace(index);
    if (!text.startsWith("raw", name)) {
      return -1;
    }
    int end = skipSpace(name + 3);
    if (text.startsWith("-%}", end)) {
      return skipSpace(end + 3);
    }
    return text.startsWith("%}", end) ? end + 2 : -1;
  }

  private void raw(int tag) {
    int start = at;
    for (int end = text.indexOf("{%", at); end >= 0; end = text.indexOf("{%", end + 1)) {
      char sign = signAt(end + 2);
      int name = skipSpace(sign == 0 ? end + 2 : end + 3);
      if (text.startsWith("endraw", name)) {
        int after = tagEnd(skipSpace(name + 6), '%');
        if (after >= 0) {
          addData(start, dataEnd(start, end, sign, true));
          moveTo(after);
          return;
        }
      }
    }
    throw error("Missing end of raw directive", tag);
  }

  private void comment(int tag) {
    for (int end = text.indexOf("#}", at); end >= 0; end = text.indexOf("#}", end + 1)) {
      boolean isSigned = end > at && signAt(end - 1) != 0;
      moveTo(tagEnd(isSigned ? end - 1 : end, '#'));
      return;
    }
    throw error("Missing end of comment tag", tag);
  }

  /** The end of the tag whose closing is at {@code index}, with what it strips; -1 if none is. */
  private int tagEnd(int index, char type) {
    char sign = signAt(index);
    int close = sign == 0 ? index : index + 1;
    if (close + 1 >= text.length() || text.charAt(close) != type || text.charAt(close + 1) != '}') {
      return -1;
    }
    int after = close + 2;
    if (sign == '-') {
      return skipSpace(after);
    }
    boolean trims = sign == 0 && after < text.length() && text.charAt(after) == '\n';
    return trims ? after + 1 : after;
  }

  /** Tokens inside a tag up to its end; inside brackets its end's characters are operators. */
  private void code(boolean isBlock) {
    while (at < text.length()) {
      if (open.isEmpty()) {
        int end = isBlock ? tagEnd(at, '%') : variableEnd();
        if (end >= 0) {
          int start = at;
          moveTo(end);
          add(isBlock ? Token.Kind.BLOCK_END : Token.Kind.VARIABLE_END, "", start);
          return;
        }
      }
      int c = text.codePointAt(at);
      if (Chars.isSpace(c)) {
        at = skipSpace(at);
      } else if (c >= '0' && c <= '9') {
        number();
      } else if (Chars.isNamePart(c)) {
        name();
      } else if (c == '\'' || c == '"') {
        string(text.charAt(at));
      } else {
        operator(text.charAt(at));
      }
    }
  }

  private int variableEnd() {
    if (text.startsWith("}}", at)) {
      return at + 2;
    }
    return text.startsWith("-}}", at) ? skipSpace(at + 3) : -1;
  }

  private void name() {
    int start = at;
    while (at < text.length()) {
      int c = text.codePointAt(at);
      if (!Chars.isNamePart(c)) {
        break;
      }
      at += Character.charCount(c);
    }
    if (!Chars.isNameStart(text.codePointAt(start))) {
      throw error("Invalid character in identifier", start);
    }
    add(Token.Kind.NAME, text.substring(start, at), start);
  }

  private void number() {
    int start = at;
    int end = NumberSyntax.floatEnd(text, start);
    boolean isFloat = end >= 0 && (start == 0 || text.charAt(start - 1) != '.');
    at = isFloat ? end : NumberSyntax.integerEnd(text, start);
    String digits = text.substring(start, at).replace("_", "");
    add(isFloat ? Token.Kind.FLOAT : Token.Kind.INTEGER, digits, start);
  }

  private void string(char quote) {
    int start = at;
    int end = closingQuote(quote, start + 1);
    if (end < 0) {
      throw unexpected(start);
    }
    at = end + 1;
    String inner = text.substring(start + 1, end);
    try {
      add(Token.Kind.STRING, inner.indexOf('\\') < 0 ? inner : Chars.unescape(inner), start);
    } catch (Failure failure) {
      throw failure.at(source, new Span(start, at));
    }
  }

  /** The first quote from {@code from} on that no backslash escapes; -1 if there is none. */
  private int closingQuote(char quote, int from) {
    int start = from;
    int end = text.indexOf(quote, start);
    while (end >= 0) {
      int backslash = text.indexOf('\\', start, end);
      if (backslash < 0) {
        return end;
      }
      start = backslash + 2;
      if (start > end) {
        end = text.indexOf(quote, start);
      }
    }
    return -1;
  }

  private void operator(char first) {
    int start = at;
    char second = start + 1 < text.length() ? text.charAt(start + 1) : 0;
    Token.Kind kind = doubleOperator(first, second);
    at += kind == null ? 1 : 2;
    if (kind == null) {
      kind = singleOperator(first, start);
    }
    switch (kind) {
      case LEFT_PAREN -> open.push(Token.Kind.RIGHT_PAREN);
      case LEFT_BRACKET -> open.push(Token.Kind.RIGHT_BRACKET);
      case LEFT_BRACE -> open.push(Token.Kind.RIGHT_BRACE);
      case RIGHT_PAREN, RIGHT_BRACKET, RIGHT_BRACE -> close(kind, start);
      default -> {}
    }
    add(kind, kind.description(), start);
  }

  private void close(Token.Kind kind, int start) {
    if (open.isEmpty()) {
      throw error("unexpected '" + kind.description() + "'", start);
    }
    Token.Kind expected = open.pop();
    if (kind != expected) {
      throw error(
          "unexpected '" + kind.description() + "', expected '" + expected.description() + "'",
          start);
    }
  }

  private static Token.@org.jspecify.annotations.Nullable Kind doubleOperator(char a, char b) {
    return switch (a) {
      case '/' -> b == '/' ? Token.Kind.FLOOR_DIV : null;
      case '*' -> b == '*' ? Token.Kind.POW : null;
      case '=' -> b == '=' ? Token.Kind.EQ : null;
      case '!' -> b == '=' ? Token.Kind.NE : null;
      case '>' -> b == '=' ? Token.Kind.GE : null;
      case '<' -> b == '=' ? Token.Kind.LE : null;
      default -> null;
    };
  }

  private Token.Kind singleOperator(char c, int start) {
    return switch (c) {
      case '+' -> Token.Kind.ADD;
      case '-' -> Token.Kind.SUB;
      case '*' -> Token.Kind.MUL;
      case '/' -> Token.Kind.DIV;
      case '%' -> Token.Kind.MOD;
      case '~' -> Token.Kind.TILDE;
      case '>' -> Token.Kind.GT;
      case '<' -> Token.Kind.LT;
      case '=' -> Token.Kind.ASSIGN;
      case '.' -> Token.Kind.DOT;
      case ':' -> Token.Kind.COLON;
      case '|' -> Token.Kind.PIPE;
      case ',' -> Token.Kind.COMMA;
      case ';' -> Token.Kind.SEMICOLON;
      case '(' -> Token.Kind.LEFT_PAREN;
      case ')' -> Token.Kind.RIGHT_PAREN;
      case '[' -> Token.Kind.LEFT_BRACKET;
      case ']' -> Token.Kind.RIGHT_BRACKET;
      case '{' -> Token.Kind.LEFT_BRACE;
      case '}' -> Token.Kind.RIGHT_BRACE;
      default -> throw unexpected(start);
    };
  }

  private int skipSpace(int index) {
    while (index < text.length() && Chars.isSpace(text.charAt(index))) {
      index++;
    }
    return index;
  }

  private void moveTo(int index) {
    startsLine = text.charAt(index - 1) == '\n';
    at = index;
  }

  private void addData(int start, int end) {
    if (end > start) {
      tokens.add(new Token(Token.Kind.DATA, text.substring(start, end), new Span(start, end)));
    }
  }

  private void add(Token.Kind kind, String value, int start) {
    tokens.add(new Token(kind, value, new Span(start, at)));
  }

  private JinjaException unexpected(int start) {
    String character = Character.toString(text.codePointAt(start));
    return error("unexpected char " + Chars.quote(character) + " at " + start, start);
  }

  private JinjaException error(String reason, int start) {
    return source.error(Kind.SYNTAX, reason, new Span(start, Math.max(start + 1, at)));
  }
}
