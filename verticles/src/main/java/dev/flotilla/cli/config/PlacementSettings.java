package dev.flotilla.cli.config;

import dev.flotilla.sharding.plan.Label;
import java.util.List;

/** The part of the table that says which models the swarm may run, and when. */
final class PlacementSettings {
  private PlacementSettings() {}

  static final Setting<Boolean> PLACEMENT =
      Setting.of(
          "placement",
          SettingType.SWITCH,
          "true",
          "Let the swarm run models of the models folder here, when it is asked to (flotilla place).");

  static final Setting<Boolean> LOAD_ON_DEMAND =
      Setting.of(
          "load-on-demand",
          SettingType.SWITCH,
          "true",
          "Have a model that some node has in its models folder, and none runs, loaded at the first"
              + " request for it, which waits.");

  static final Setting<Long> LOAD_TIMEOUT =
      Setting.of(
          "load-timeout", SettingType.MILLIS, "5m", "How long requests wait for their model.");

  static final Setting<Integer> MAX_REPLICAS =
      Setting.of(
          "max-replicas",
          SettingType.INTEGER,
          "1",
          "Instances of a model at most that requests may have loaded, where flotilla scale says"
              + " nothing else.");

  static final Setting<Long> SCALE_UP_AFTER =
      Setting.of(
          "scale-up-after",
          SettingType.MILLIS,
          "10s",
          "How long requests of a model must keep waiting before another instance is loaded.");

  static final Setting<Long> UNLOAD_AFTER =
      Setting.of(
          "unload-after",
          SettingType.MILLIS,
          "15m",
          "How long an instance that was loaded on demand must be idle before it is unloaded.");

  static final Setting<Long> SETTLE_TIME =
      Setting.of(
          "settle-time",
          SettingType.MILLIS,
          "1m",
          "How long a model is left alone after the number of its instances has changed.");

  static final Setting<Boolean> REBALANCE =
      Setting.of(
          "rebalance",
          SettingType.SWITCH,
          "true",
          "While this node leads: have instances that the swarm planned built anew where answers"
              + " would come clearly faster now, and replaced once that serves.");

  static final Setting<Boolean> HALF_QUORUM =
      Setting.of(
          "half-quorum",
          SettingType.SWITCH,
          "false",
          "Let exactly half of the nodes that may place models decide too, if the one with the least"
              + " id is among them: so a swarm of two goes on when that one is left.");

  static final Setting<List<Label>> LABEL =
      Setting.of(
              "label",
              SettingType.list("NAME=VALUE", Label::parse),
              "",
              "What you say about this node, room=office say, for plans to ask for (flotilla place"
                  + " --label); may be given several times.")
          .withDefault(Setting.Default.NONE)
          .withVariables("FLOTILLA_LABELS");

  static final NodeSettings.Section SECTION =
      new NodeSettings.Section(
          "Models that the swarm places",
          List.of(
              PLACEMENT,
              LABEL,
              LOAD_ON_DEMAND,
              LOAD_TIMEOUT,
              MAX_REPLICAS,
              SCALE_UP_AFTER,
              UNLOAD_AFTER,
              SETTLE_TIME,
              REBALANCE,
              HALF_QUORUM));
}
