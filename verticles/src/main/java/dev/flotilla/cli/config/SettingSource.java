package dev.flotilla.cli.config;

import java.util.List;
import java.util.Optional;

/** One place where settings can be given. */
interface SettingSource {

  /** What this place says about a setting; empty if it says nothing. */
  Optional<Given> find(Setting<?> setting);

  /**
   * What a place says.
   *
   * @param texts one, or the elements of a list
   * @param origin the place
   */
  record Given(List<String> texts, Origin origin) {}
}
