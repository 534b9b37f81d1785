/**
 * Measurements of the whole program: against llama.cpp's own server on the same machine, of what a
 * long prompt costs the others, and of start-up and memory. They start real servers as a user would
 * and measure from outside, through HTTP and the operating system. May use every room; no room uses
 * it.
 */
@NullMarked
package dev.flotilla.benchmarks;

import org.jspecify.annotations.NullMarked;
