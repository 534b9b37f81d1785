package dev.flotilla.node;

import dev.flotilla.chat.JinjaChatTemplate;
import dev.flotilla.federation.FederationObserver;
import dev.flotilla.federation.LearntSpeed;
import dev.flotilla.federation.ModelDescription;
import dev.flotilla.node.federation.Federation;
import dev.flotilla.node.federation.FederationMetrics;
import dev.flotilla.node.federation.ModelFingerprint;
import dev.flotilla.node.shard.ModelFile;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes a member's models the swarm's, and, on a gateway, the swarm's models its clients'. */
final class SwarmServing {
  private SwarmServing() {}

  /**
   * A federation of these models that has not begun. Blocks on the disk.
   *
   * @param learnt how fast models were when the node stopped, by description
   */
  static Federation of(
      Swarm swarm,
      List<OwnModel> models,
      Map<String, LearntSpeed> learnt,
      Optional<GatewayOptions> gateway,
      String version,
      PrometheusRegistry metrics) {
    SwarmNeighbours neighbours = new SwarmNeighbours(swarm);
    Federation federation =
        new Federation(
            swarm.vertx(),
            neighbours,
            swarm.bus(),
            version,
            System.currentTimeMillis(),
            learnt,
            gateway.map(options -> options.federation(neighbours::isCalled)),
            gateway.isPresent() ? new FederationMetrics(metrics) : FederationObserver.NONE);
    models.forEach(
        model -> federation.host(model.served(), describe(model.file(), model.template())));
    return federation;
  }

  /** What gateways are told of a model. Blocks on the disk. */
  static ModelDescription describe(ModelFile file, JinjaChatTemplate template) {
    try {
      return new ModelDescription(
          file.card(),
          ModelFingerprint.of(file.model()),
          new ModelDescription.Template(
              template.name(), template.source(), template.bosToken(), template.eosToken()));
    } catch (IOException e) {
      throw new OptionException("model", "can't read model " + file.card().id() + ": " + e);
    } catch (IllegalArgumentException e) {
      throw new OptionException(
          "model", "model " + file.card().id() + " can't be shown to a swarm: " + e.getMessage());
    }
  }
}
