package dev.flotilla.tokens;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;

/**
 * A node's own key pair (ECDSA on P-256), made once and never shared.
 *
 * @param id follows from the public key
 * @param keys the pair
 */
public record NodeIdentity(NodeId id, KeyPair keys) {
  private static final String CURVE = "secp256r1";
  private static final String SIGNATURE = "SHA256withECDSA";

  /** A new one. */
  public static NodeIdentity create(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(CURVE), random);
      return of(generator.generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java lacks P-256", e);
    }
  }

  private static NodeIdentity of(KeyPair keys) {
    return new NodeIdentity(NodeId.of(keys.getPublic()), keys);
  }

  /** Both keys as bytes, the private one a secret; {@link #decode} reads them. */
  byte[][] encode() {
    return new byte[][] {keys.getPublic().getEncoded(), keys.getPrivate().getEncoded()};
  }

  static NodeIdentity decode(byte[] publicKey, byte[] privateKey) {
    try {
      KeyFactory factory = KeyFactory.getInstance("EC");
      PrivateKey secret = factory.generatePrivate(new PKCS8EncodedKeySpec(privateKey));
      NodeIdentity identity = of(new KeyPair(publicKey(publicKey), secret));
      byte[] probe = {1};
      if (!verify(identity.keys.getPublic(), probe, identity.sign(probe))) {
        throw new TokenException(TokenFailure.MALFORMED, "the node's two keys are no pair");
      }
      return identity;
    } catch (GeneralSecurityException e) {
      throw new TokenException(TokenFailure.MALFORMED, "the node's key does not parse", e);
    }
  }

  /**
   * Reads a node's public key.
   *
   * @throws TokenException if it is none
   */
  public static PublicKey publicKey(byte[] encoded) {
    try {
      return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(encoded));
    } catch (GeneralSecurityException e) {
      throw new TokenException(TokenFailure.MALFORMED, "a node's public key does not parse", e);
    }
  }

  /** Signs a message as this node. */
  public byte[] sign(byte[] message) {
    try {
      Signature signature = Signature.getInstance(SIGNATURE);
      signature.initSign(keys.getPrivate());
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("can't sign with the node's own key", e);
    }
  }

  /** Whether the holder of a key signed a message. */
  public static boolean verify(PublicKey key, byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(SIGNATURE);
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "NodeIdentity[" + id + "]";
  }
}
