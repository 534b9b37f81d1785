package dev.flotilla.node.auth;

import java.security.InvalidAlgorithmParameterException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.security.UnrecoverableKeyException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.TrustManagerFactorySpi;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A security provider through which libraries that take key stores only, as the event bus does, get
 * this node's live managers: a key store that has the alias {@code swarm-…} of registered managers
 * yields those; every other one is left to Java's own factories.
 *
 * <p>Installed once per JVM as the default of the security properties {@code
 * ssl.KeyManagerFactory.algorithm} and {@code ssl.TrustManagerFactory.algorithm}.
 */
final class SwarmJsse extends Provider {
  private static final long serialVersionUID = 1;

  static final String NAME = "FlotillaSwarm";
  private static final String KEY_PROPERTY = "ssl.KeyManagerFactory.algorithm";
  private static final String TRUST_PROPERTY = "ssl.TrustManagerFactory.algorithm";

  private final transient Map<String, Managers> registered = new ConcurrentHashMap<>();
  private final String javaKeys = KeyManagerFactory.getDefaultAlgorithm();
  private final String javaTrust = TrustManagerFactory.getDefaultAlgorithm();

  /** What a key store stands for. */
  record Managers(X509ExtendedKeyManager keys, X509ExtendedTrustManager trust) {}

  private SwarmJsse() {
    super(NAME, "1", "live credentials of a Flotilla node");
    putService(new Factory("KeyManagerFactory"));
    putService(new Factory("TrustManagerFactory"));
  }

  /** The provider of this JVM, installed if it is not yet. */
  static synchronized SwarmJsse install() {
    if (Security.getProvider(NAME) instanceof SwarmJsse installed) {
      return installed;
    }
    SwarmJsse provider = new SwarmJsse();
    Security.addProvider(provider);
    Security.setProperty(KEY_PROPERTY, NAME);
    Security.setProperty(TRUST_PROPERTY, NAME);
    return provider;
  }

  /** Lets a key store with this alias stand for these managers. */
  void register(String alias, Managers managers) {
    registered.put(alias, managers);
  }

  private @Nullable Managers managersOf(@Nullable KeyStore store) throws KeyStoreException {
    if (store != null) {
      for (Map.Entry<String, Managers> entry : registered.entrySet()) {
        if (store.containsAlias(entry.getKey())) {
          return entry.getValue();
        }
      }
    }
    return null;
  }

  private final class Factory extends Service {
    Factory(String type) {
      super(SwarmJsse.this, type, NAME, SwarmJsse.class.getName(), null, null);
    }

    @Override
    public Object newInstance(@Nullable Object parameter) {
      return getType().equals("KeyManagerFactory") ? new Keys() : new Trust();
    }
  }

  private final class Keys extends KeyManagerFactorySpi {
    private KeyManager[] managers = {};

    @Override
    protected void engineInit(@Nullable KeyStore store, char @Nullable [] password)
        throws KeyStoreException, NoSuchAlgorithmException, UnrecoverableKeyException {
      Managers ours = managersOf(store);
      if (ours != null) {
        managers = new KeyManager[] {ours.keys()};
      } else {
        KeyManagerFactory java = KeyManagerFactory.getInstance(javaKeys);
        java.init(store, password);
        managers = java.getKeyManagers();
      }
    }

    @Override
    protected void engineInit(ManagerFactoryParameters parameters)
        throws InvalidAlgorithmParameterException {
      throw new InvalidAlgorithmParameterException("a key store is needed");
    }

    @Override
    protected KeyManager[] engineGetKeyManagers() {
      return managers.clone();
    }
  }

  private final class Trust extends TrustManagerFactorySpi {
    private TrustManager[] managers = {};

    @Override
    protected void engineInit(@Nullable KeyStore store) throws KeyStoreException {
      Managers ours = managersOf(store);
      if (ours != null) {
        managers = new TrustManager[] {ours.trust()};
        return;
      }
      try {
        TrustManagerFactory java = TrustManagerFactory.getInstance(javaTrust);
        java.init(store);
        managers = java.getTrustManagers();
      } catch (NoSuchAlgorithmException e) {
        throw new KeyStoreException(e);
      }
    }

    @Override
    protected void engineInit(ManagerFactoryParameters parameters)
        throws InvalidAlgorithmParameterException {
      try {
        TrustManagerFactory java = TrustManagerFactory.getInstance(javaTrust);
        java.init(parameters);
        managers = java.getTrustManagers();
      } catch (NoSuchAlgorithmException e) {
        throw new InvalidAlgorithmParameterException(e);
      }
    }

    @Override
    protected TrustManager[] engineGetTrustManagers() {
      return managers.clone();
    }
  }
}
