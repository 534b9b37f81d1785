package dev.flotilla.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code dict.keys()}, {@code values()} and {@code items()} return. */
record DictView(DictValue dict, Part part, Limits limits) implements Value {

  /** Which part of each entry the view shows. */
  enum Part {
    KEYS("dict_keys"),
    VALUES("dict_values"),
    ITEMS("dict_items");

    private final String typeName;

    Part(String typeName) {
      this.typeName = typeName;
    }
  }

  @Override
  public String typeName() {
    return part.typeName;
  }

  @Override
  public boolean isTrue() {
    return dict.isTrue();
  }

  @Override
  public int length() {
    return dict.length();
  }

  @Override
  public Iterator<Value> iterator() {
    return switch (part) {
      case KEYS -> dict.entries().keySet().iterator();
      case VALUES -> dict.entries().values().iterator();
      case ITEMS -> items().iterator();
    };
  }

  private List<Value> items() {
    List<Value> items = new ArrayList<>(dict.length());
    for (Map.Entry<Value, Value> entry : dict.entries().entrySet()) {
      items.add(ArrayValue.pair(entry.getKey(), entry.getValue(), limits));
    }
    return items;
  }

  @Override
  public void repr(Text out) {
    out.append(part.typeName).append('(');
    List<Value> items = new ArrayList<>(dict.length());
    iterator().forEachRemaining(items::add);
    ArrayValue.list(items, limits).repr(out);
    out.append(')');
  }

  @Override
  public int depth() {
    return dict.depth() + 1;
  }

  @Override
  public long weight() {
    return dict.weight() + dict.length();
  }

  @Override
  public boolean isHashable() {
    return part == Part.VALUES;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof DictView view
            && part == view.part
            && switch (part) {
              case KEYS -> dict.entries().keySet().equals(view.dict.entries().keySet());
              case VALUES -> false;
              case ITEMS -> dict.equals(view.dict);
            });
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(dict);
  }
}
