package dev.flotilla.chat.jinja;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code namespace(…)}: the one value that a template can change. */
final class NamespaceValue implements Value {
  private final Map<Value, Value> attributes;
  private boolean isBeingPrinted;

  NamespaceValue(Map<Value, Value> attributes) {
    this.attributes = attributes;
  }

  @Nullable Value get(Value name) {
    return attributes.get(name);
  }

  void set(String name, Value value) {
    attributes.put(new StringValue(name), value);
  }

  @Override
  public String typeName() {
    return "Namespace";
  }

  @Override
  public void repr(Text out) {
    if (isBeingPrinted) {
      out.append("<Namespace {...}>");
      return;
    }
    isBeingPrinted = true;
    out.enterNamespace();
    out.append("<Namespace {");
    boolean isFirst = true;
    for (Map.Entry<Value, Value> entry : attributes.entrySet()) {
      if (!isFirst) {
        out.append(", ");
      }
      isFirst = false;
      entry.getKey().repr(out);
      out.append(": ");
      entry.getValue().repr(out);
    }
    out.append("}>");
    out.leaveNamespace();
    isBeingPrinted = false;
  }
}
