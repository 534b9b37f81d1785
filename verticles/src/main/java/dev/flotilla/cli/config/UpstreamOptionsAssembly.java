package dev.flotilla.cli.config;

import dev.flotilla.node.OptionException;
import dev.flotilla.node.auth.CertificateFiles;
import dev.flotilla.node.upstream.UpstreamAddress;
import dev.flotilla.node.upstream.UpstreamOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Upstreams and their keys, from a node's settings. */
final class UpstreamOptionsAssembly {
  private static final String KEY_VARIABLE = "FLOTILLA_UPSTREAM_KEY_";
  private static final Pattern LINE = Pattern.compile("(\\S+)\\s+(\\S+)");
  private static final int MAX_FILE_BYTES = 1 << 20;

  private final EffectiveSettings settings;
  private final Host host;

  UpstreamOptionsAssembly(EffectiveSettings settings, Host host) {
    this.settings = settings;
    this.host = host;
  }

  /**
   * The upstreams that the settings name.
   *
   * @throws OptionException if two have one name, or a file can't be read; shows no key
   */
  UpstreamOptions upstreams() {
    Map<String, String> keys =
        settings.find(FederationSettings.UPSTREAM_KEY_FILE).map(this::keysIn).orElse(Map.of());
    Map<String, List<X509Certificate>> authorities = authorities();
    List<UpstreamAddress> servers = new ArrayList<>();
    for (UpstreamAddress address : settings.get(FederationSettings.UPSTREAM)) {
      UpstreamAddress trusting =
          trusting(address, Optional.ofNullable(authorities.remove(address.name())));
      servers.add(key(address.name(), keys).map(key -> withKey(trusting, key)).orElse(trusting));
    }
    for (String unknown : authorities.keySet()) {
      throw wrongAuthority("there is no upstream '" + unknown + "'");
    }
    try {
      return new UpstreamOptions(servers, settings.get(FederationSettings.UPSTREAM_TIMEOUT));
    } catch (IllegalArgumentException e) {
      throw new OptionException("upstream", String.valueOf(e.getMessage()));
    }
  }

  private static UpstreamAddress withKey(UpstreamAddress address, String key) {
    try {
      return address.withKey(key);
    } catch (IllegalArgumentException e) {
      throw new OptionException("upstream", String.valueOf(e.getMessage()));
    }
  }

  private static UpstreamAddress trusting(
      UpstreamAddress address, Optional<List<X509Certificate>> authorities) {
    try {
      return authorities.map(address::trusting).orElse(address);
    } catch (IllegalArgumentException e) {
      throw wrongAuthority(String.valueOf(e.getMessage()));
    }
  }

  /** By upstream, in the order given. */
  private Map<String, List<X509Certificate>> authorities() {
    Map<String, List<X509Certificate>> authorities = new LinkedHashMap<>();
    for (UpstreamAuthority each : settings.get(FederationSettings.UPSTREAM_CA)) {
      try {
        if (authorities.put(each.upstream(), CertificateFiles.chain(each.file())) != null) {
          throw wrongAuthority("two files for the upstream '" + each.upstream() + "'");
        }
      } catch (CertificateFiles.UnusableException e) {
        throw wrongAuthority(String.valueOf(e.getMessage()));
      }
    }
    return authorities;
  }

  private static OptionException wrongAuthority(String message) {
    return new OptionException(FederationSettings.UPSTREAM_CA.name(), message);
  }

  /** The variable wins over the file, as it does everywhere. */
  private Optional<String> key(String upstream, Map<String, String> keys) {
    String variable = KEY_VARIABLE + upstream.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    return host.variable(variable)
        .map(String::strip)
        .or(() -> Optional.ofNullable(keys.get(upstream)));
  }

  private Map<String, String> keysIn(Path file) {
    String option = FederationSettings.UPSTREAM_KEY_FILE.name();
    Map<String, String> keys = new HashMap<>();
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new OptionException(option, file + " is larger than 1 MiB");
      }
      List<String> lines = Files.readAllLines(file);
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i).strip();
        if (!line.isEmpty() && !line.startsWith("#")) {
          Matcher words = LINE.matcher(line);
          if (!words.matches() || keys.put(words.group(1), words.group(2)) != null) {
            throw new OptionException(
                option, "%s, line %d: a line is NAME KEY, a name once".formatted(file, i + 1));
          }
        }
      }
      KeyFiles.warnOfReaders(file);
    } catch (IOException e) {
      throw new OptionException(option, "can't read " + file + ": " + e.getMessage());
    }
    return keys;
  }
}
