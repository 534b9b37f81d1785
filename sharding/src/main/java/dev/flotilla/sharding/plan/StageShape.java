package dev.flotilla.sharding.plan;

/**
 * What the times of a stage are to be divided by, to say how long a layer takes.
 *
 * @param costKey of its model, see {@link ModelShape#costKey}
 * @param activeLayerBytes weights of a layer that one token reads
 * @param headLayers what its output head costs for one token, in layers; 0 if it has none
 */
public record StageShape(String costKey, long activeLayerBytes, double headLayers) {
  public StageShape {
    if (activeLayerBytes < 1 || !(headLayers >= 0 && Double.isFinite(headLayers))) {
      throw new IllegalArgumentException(
          "a stage of %d active bytes a layer, with a head of %s layers"
              .formatted(activeLayerBytes, headLayers));
    }
  }
}
