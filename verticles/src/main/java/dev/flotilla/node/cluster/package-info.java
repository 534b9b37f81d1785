/**
 * The cluster of a swarm's nodes: Hazelcast under mutual TLS, who is a member, state that members
 * share, the clustered event bus. The only importer of {@code com.hazelcast}; what reaches into its
 * internals is {@link dev.flotilla.node.cluster.TlsNodeContext} and what it names.
 *
 * <p>May use: {@code tokens}, {@code node.auth}, Vert.x core, Hazelcast.
 */
@NullMarked
package dev.flotilla.node.cluster;

import org.jspecify.annotations.NullMarked;
