package dev.flotilla.node.federation;

import dev.flotilla.federation.AnnouncementCodec;
import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.node.cluster.TextCodec;
import dev.flotilla.node.cluster.Topic;
import dev.flotilla.node.cluster.WireCodec;
import dev.flotilla.tokens.Permission;
import io.vertx.core.buffer.Buffer;

/** What nodes and gateways tell each other over the event bus. */
final class ReplicaTopics {

  /** Replicas, as their nodes announce them. */
  static final Topic<ReplicaAnnouncement> ANNOUNCEMENTS =
      new Topic<>("flotilla.replicas", Permission.HOST_STAGES, new Announcements());

  /** A gateway that has just come asks all nodes to announce what they serve. */
  static final Topic<String> QUESTIONS =
      new Topic<>("flotilla.replicas.who", Permission.OPEN_SESSIONS, new TextCodec(16));

  private ReplicaTopics() {}

  private record Announcements() implements WireCodec<ReplicaAnnouncement> {
    @Override
    public Buffer encode(ReplicaAnnouncement announcement) {
      return Buffer.buffer(AnnouncementCodec.encode(announcement));
    }

    @Override
    public ReplicaAnnouncement decode(Buffer bytes) {
      return AnnouncementCodec.decode(bytes.getBytes());
    }
  }
}
