package dev.flotilla.node;

import dev.flotilla.node.auth.EnrolmentDesk;
import dev.flotilla.node.cluster.SwarmCluster;
import dev.flotilla.tokens.SwarmFolder;
import java.util.HashMap;
import java.util.Map;

/** Uses of invites, counted by the cluster and remembered by every full node. */
final class InviteCounter implements EnrolmentDesk.Uses {
  private static final String INVITES = "flotilla.invites";

  private final SwarmCluster cluster;
  private final SwarmFolder folder;

  InviteCounter(SwarmCluster cluster, SwarmFolder folder) {
    this.cluster = cluster;
    this.folder = folder;
  }

  @Override
  public int used(String invite) {
    return folder.inviteUses().getOrDefault(invite, 0);
  }

  @Override
  public synchronized boolean use(String invite, int limit) {
    if (!cluster.tryUse(INVITES, invite, used(invite), limit)) {
      return false;
    }
    Map<String, Integer> uses = new HashMap<>(folder.inviteUses());
    uses.merge(invite, 1, Integer::sum);
    folder.keepInviteUses(uses);
    return true;
  }
}
