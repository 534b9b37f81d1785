/**
 * Who may talk to this node: its credentials, TLS on every plane, what callers are permitted, the
 * audit log, enrolment of newcomers.
 *
 * <p>May use: {@code tokens}, Vert.x core.
 */
@NullMarked
package dev.flotilla.node.auth;

import org.jspecify.annotations.NullMarked;
