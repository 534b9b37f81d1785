package dev.flotilla.engine.process;

import dev.flotilla.engine.process.StageRole.First;
import dev.flotilla.engine.process.StageRole.Later;
import dev.flotilla.engine.process.StageRole.LinkIdentity;
import dev.flotilla.engine.process.StageRole.LinkTerms;
import dev.flotilla.engine.process.StageRole.StagePeer;
import dev.flotilla.engine.process.StageRole.Trial;
import dev.flotilla.engine.process.StageRole.Whole;
import dev.flotilla.engine.wire.FrameReader;
import dev.flotilla.engine.wire.FrameWriter;
import java.util.List;

/** {@link StageRole}s as fields of a frame. */
final class RoleFields {
  private static final int WHOLE = 0;
  private static final int FIRST = 1;
  private static final int LATER = 2;
  private static final int TRIAL = 3;

  private RoleFields() {}

  static void putRole(StageRole role, FrameWriter out) {
    switch (role) {
      case Whole() -> out.putByte(WHOLE);
      case First(LinkTerms terms) -> {
        out.putByte(FIRST);
        putTerms(terms, out);
      }
      case Later(LinkTerms terms, String bindAddress, int port) -> {
        out.putByte(LATER);
        putTerms(terms, out);
        out.putString(bindAddress);
        out.putInt(port);
      }
      case Trial() -> out.putByte(TRIAL);
    }
  }

  static StageRole getRole(FrameReader in) {
    return switch (in.getByte()) {
      case WHOLE -> new Whole();
      case FIRST -> new First(getTerms(in));
      case LATER -> new Later(getTerms(in), in.getString(), in.getInt());
      case TRIAL -> new Trial();
      default -> throw new IllegalArgumentException("unknown role");
    };
  }

  static void putPeers(List<StagePeer> peers, FrameWriter out) {
    out.putList(
        peers,
        peer -> {
          out.putString(peer.nodeId());
          out.putString(peer.host());
          out.putInt(peer.port());
        });
  }

  static List<StagePeer> getPeers(FrameReader in) {
    return in.getList(() -> new StagePeer(in.getString(), in.getString(), in.getInt()));
  }

  private static void putTerms(LinkTerms terms, FrameWriter out) {
    out.putString(terms.version());
    out.putString(terms.model());
    out.putString(terms.activations());
    out.putOptional(terms.identity(), identity -> putIdentity(identity, out));
  }

  private static LinkTerms getTerms(FrameReader in) {
    return new LinkTerms(
        in.getString(), in.getString(), in.getString(), in.getOptional(() -> getIdentity(in)));
  }

  static void putIdentity(LinkIdentity identity, FrameWriter out) {
    out.putBytes(identity.credentials());
  }

  static LinkIdentity getIdentity(FrameReader in) {
    return new LinkIdentity(in.getBytes());
  }
}
