package dev.flotilla.node.upstream;

import io.vertx.core.buffer.Buffer;
import java.util.Optional;

/**
 * A request to be passed on.
 *
 * @param path of OpenAI's API, from {@code /v1} on
 * @param model as upstreams call it
 * @param server the only upstream that may have it; empty for any that has the model
 * @param body JSON, which names the model so; not changed any more
 * @param stream whether it asks for server-sent events
 * @param id by which logs on both sides know it
 */
public record UpstreamRequest(
    String path, String model, Optional<String> server, Buffer body, boolean stream, String id) {}
