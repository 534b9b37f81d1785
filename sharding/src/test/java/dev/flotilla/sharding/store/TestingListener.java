package dev.flotilla.sharding.store;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Notes what a fetch says. */
final class TestingListener implements FetchListener {
  final Set<String> blamed = ConcurrentHashMap.newKeySet();
  final Set<StageProgress.Phase> phases = ConcurrentHashMap.newKeySet();
  volatile long doneBytes;

  @Override
  public void progress(StageProgress progress) {
    phases.add(progress.phase());
    doneBytes = progress.doneBytes();
  }

  @Override
  public void blamed(String nodeId, String reason) {
    blamed.add(nodeId);
  }
}
