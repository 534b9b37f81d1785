/**
 * Other servers behind this node: any that speaks OpenAI's API lends its models under the node's
 * own endpoint. Requests are passed on as they are, since such a server takes text and gives no
 * token ids; what it can't do for them is said in {@code docs/FEDERATION.md}.
 *
 * <p>May use: {@code federation} (its circuit breaker), Vert.x core, the metrics library.
 */
@NullMarked
package dev.flotilla.node.upstream;

import org.jspecify.annotations.NullMarked;
