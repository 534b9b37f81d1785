package dev.flotilla.engine.llama;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** Binds C functions by name. The arena behind {@code symbols} owns what is bound. */
record NativeFunctions(Linker linker, SymbolLookup symbols) {

  /** A function that returns a value. */
  MethodHandle bind(MemoryLayout result, String name, MemoryLayout... arguments) {
    return linker.downcallHandle(address(name), FunctionDescriptor.of(result, arguments));
  }

  /** A function that returns nothing. */
  MethodHandle bindVoid(String name, MemoryLayout... arguments) {
    return linker.downcallHandle(address(name), FunctionDescriptor.ofVoid(arguments));
  }

  /** The address of a symbol. */
  MemorySegment address(String name) {
    return symbols
        .find(name)
        .orElseThrow(() ->
            new EngineException(
                EngineFailure.NATIVE_LIBRARY,
                "libllama has no function "
                    + name
                    + "; Flotilla needs release "
                    + NativeLibraries.RELEASE));
  }

  /** What a downcall threw: never a C++ exception, which would have ended the process. */
  static RuntimeException failed(String name, Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException("call of " + name + " failed", thrown);
    };
  }
}
