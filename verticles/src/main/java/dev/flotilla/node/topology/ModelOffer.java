package dev.flotilla.node.topology;

/**
 * A model file that a node has, and how it would run it.
 *
 * @param id the name that requests use
 * @param layers transformer blocks
 * @param bytes size of its files
 * @param digest fingerprint of its contents: equal names of unequal contents are two models
 * @param contextTokens of each session there
 * @param slots sessions there at once
 * @param served whether the node serves it whatever the swarm decides
 */
public record ModelOffer(
    String id,
    int layers,
    long bytes,
    String digest,
    int contextTokens,
    int slots,
    boolean served) {}
