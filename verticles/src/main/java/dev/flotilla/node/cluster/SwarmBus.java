package dev.flotilla.node.cluster;

import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.AuditLog.Event;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.TokenException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control plane: typed messages on Vert.x's clustered event bus, each signed by its sender and
 * checked by its receiver. Handlers run on the Vert.x context that registered them; futures
 * complete on the caller's. Failures are {@link BusException}s, typed here as they were there.
 */
public final class SwarmBus {
  private static final Logger log = LoggerFactory.getLogger(SwarmBus.class);
  private static final byte OK = 0;
  private static final int MAX_MESSAGE_CHARS = 2000;

  private final Vertx vertx;
  private final NodeId own;
  private final AuditLog audit;
  private final Envelope envelope;

  /** The bus of a node whose Vert.x is clustered with its swarm. */
  public SwarmBus(Vertx vertx, Credentials credentials, AuditLog audit, Clock clock) {
    this.vertx = vertx;
    this.own = credentials.id();
    this.audit = audit;
    this.envelope = new Envelope(credentials, clock);
  }

  /** Sends a message to every member that consumes the topic, this one included. */
  public <M> void publish(Topic<M> topic, M message) {
    var _ =
        vertx
            .eventBus()
            .publish(
                topic.address(), envelope.seal(topic.address(), topic.codec().encode(message)));
  }

  /**
   * Takes the messages of a topic from every member that may send them. A handler that may not take
   * a message from its sender throws a {@link TokenException}; so everywhere here.
   */
  public <M> MessageConsumer<Buffer> consume(
      Topic<M> topic, BiConsumer<NodeCertificate, M> handler) {
    return consume(topic.address(), topic, handler);
  }

  /** Sends a message to one member; it may get lost. */
  public <M> void send(Topic<M> topic, NodeId to, M message) {
    String address = addressOf(topic.address(), to);
    var _ = vertx.eventBus().send(address, envelope.seal(address, topic.codec().encode(message)));
  }

  /** Takes the messages of a topic that are sent to this member. */
  public <M> MessageConsumer<Buffer> receive(
      Topic<M> topic, BiConsumer<NodeCertificate, M> handler) {
    return consume(addressOf(topic.address(), own), topic, handler);
  }

  private <M> MessageConsumer<Buffer> consume(
      String address, Topic<M> topic, BiConsumer<NodeCertificate, M> handler) {
    return vertx
        .eventBus()
        .consumer(
            address,
            message -> {
              try {
                handOver(open(address, topic.permission(), message.body()), topic, handler);
              } catch (BusException refused) {
                log.debug("{}: {}", address, refused.getMessage());
              }
            });
  }

  private <M> void handOver(
      Envelope.Opened opened, Topic<M> topic, BiConsumer<NodeCertificate, M> handler) {
    M message = decode(topic.address(), topic.codec(), opened.body());
    try {
      handler.accept(opened.sender(), message);
    } catch (TokenException e) {
      throw refused(topic.address(), opened.sender().id().shortened(), e);
    }
  }

  /** Appends a signed message to a log; it may get lost. */
  public <M> void append(SharedLog shared, Topic<M> topic, M message) {
    Buffer sealed = envelope.seal(topic.address(), topic.codec().encode(message));
    var _ =
        shared
            .append(sealed.getBytes())
            .exceptionally(thrown -> {
              log.debug("{}: not appended: {}", topic.address(), thrown.getMessage());
              return -1L;
            });
  }

  /** Hands over the message of an item of a log, if who wrote it may do so. */
  public <M> void open(byte[] item, Topic<M> topic, BiConsumer<NodeCertificate, M> handler) {
    try {
      handOver(open(topic.address(), topic.permission(), Buffer.buffer(item)), topic, handler);
    } catch (BusException refused) {
      log.debug("{}: {}", topic.address(), refused.getMessage());
    }
  }

  /** Asks one member. */
  public <Q, A> Future<A> request(Call<Q, A> call, NodeId to, Q question) {
    String address = addressOf(call.address(), to);
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(call.timeoutMillis());
    return vertx
        .eventBus()
        .<Buffer>request(
            address, envelope.seal(address, call.questions().encode(question)), options)
        .recover(failure -> Future.failedFuture(undelivered(to, call, failure)))
        .map(reply -> answer(call, reply.body()));
  }

  /** Answers the requests of members. */
  public <Q, A> MessageConsumer<Buffer> serve(
      Call<Q, A> call, BiFunction<NodeCertificate, Q, Future<A>> handler) {
    String address = addressOf(call.address(), own);
    return vertx
        .eventBus()
        .consumer(
            address,
            message ->
                attempt(
                        () -> {
                          Envelope.Opened opened = open(address, call.permission(), message.body());
                          return handler.apply(
                              opened.sender(), decode(address, call.questions(), opened.body()));
                        })
                    .onSuccess(answer ->
                        message.reply(
                            Buffer.buffer()
                                .appendByte(OK)
                                .appendBuffer(call.answers().encode(answer))))
                    .onFailure(thrown -> message.reply(failed(call.address(), thrown))));
  }

  private static <A> Future<A> attempt(Supplier<Future<A>> work) {
    try {
      return work.get();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private Envelope.Opened open(String address, Permission permission, Buffer sealed) {
    try {
      return envelope.open(address, permission, sealed);
    } catch (TokenException e) {
      throw refused(address, "a sender", e);
    }
  }

  private BusException refused(String address, String sender, TokenException why) {
    audit.record(
        Event.REFUSED,
        sender,
        "event bus, " + address + ": " + why.failure() + ": " + why.getMessage());
    return new BusException(BusFailure.REFUSED, why.getMessage());
  }

  private static <M> M decode(String address, WireCodec<M> codec, Buffer body) {
    try {
      return codec.decode(body);
    } catch (BusException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new BusException(
          BusFailure.MALFORMED, "not a message of " + address + ": " + e.getMessage());
    }
  }

  private static Buffer failed(String address, Throwable thrown) {
    BusException failure =
        thrown instanceof BusException typed
            ? typed
            : new BusException(BusFailure.FAILED, String.valueOf(thrown.getMessage()));
    if (!(thrown instanceof BusException)) {
      log.warn("a request to {} failed", address, thrown);
    }
    String message = failure.getMessage();
    return Buffer.buffer()
        .appendByte(code(failure.failure()))
        .appendString(message.substring(0, Math.min(message.length(), MAX_MESSAGE_CHARS)));
  }

  private static <Q, A> A answer(Call<Q, A> call, Buffer reply) {
    if (reply.length() == 0) {
      throw new BusException(BusFailure.MALFORMED, "an empty answer of " + call.address());
    }
    if (reply.getByte(0) == OK) {
      return decode(call.address(), call.answers(), reply.getBuffer(1, reply.length()));
    }
    throw new BusException(
        failure(reply.getByte(0)),
        reply.getBuffer(1, reply.length()).toString(StandardCharsets.UTF_8));
  }

  private static byte code(BusFailure failure) {
    return switch (failure) {
      case NOBODY -> 1;
      case TIMEOUT -> 2;
      case MALFORMED -> 3;
      case REFUSED -> 4;
      case NOT_FOUND -> 5;
      case CONFLICT -> 6;
      case BUSY -> 7;
      case FAILED -> 8;
    };
  }

  private static BusFailure failure(byte code) {
    for (BusFailure failure : BusFailure.values()) {
      if (code(failure) == code) {
        return failure;
      }
    }
    return BusFailure.FAILED;
  }

  private static BusException undelivered(NodeId to, Call<?, ?> call, Throwable thrown) {
    boolean late =
        thrown instanceof ReplyException reply && reply.failureType() == ReplyFailure.TIMEOUT;
    return late
        ? new BusException(
            BusFailure.TIMEOUT,
            "node %s did not answer %s within %d ms"
                .formatted(to.shortened(), call.address(), call.timeoutMillis()))
        : new BusException(
            BusFailure.NOBODY,
            "node %s can't be asked for %s: %s"
                .formatted(to.shortened(), call.address(), thrown.getMessage()));
  }

  private static String addressOf(String address, NodeId node) {
    return address + "/" + node.hex();
  }
}
