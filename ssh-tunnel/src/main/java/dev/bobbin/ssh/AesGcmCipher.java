package dev.bobbin.ssh;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import net.schmizz.sshj.common.Factory;
import net.schmizz.sshj.common.SSHRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * AES in Galois/Counter Mode as SSH uses it (RFC 5647), by the provider of the JDK. Not
 * thread-safe.
 *
 * <p>sshj's own takes BouncyCastle's AES, which the JDK's is many times faster than: HotSpot has
 * instructions of the processor for it.
 */
final class AesGcmCipher implements net.schmizz.sshj.transport.cipher.Cipher {
  private static final int IV = 12;
  private static final int COUNTER = 4;
  private static final int TAG = 16;

  private final int keySize;
  private final byte[] iv = new byte[IV];
  private final Cipher cipher;
  private int mode;
  private @Nullable SecretKeySpec key;
  private byte[] result = new byte[0];

  private AesGcmCipher(int keySize) {
    this.keySize = keySize;
    try {
      cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new SSHRuntimeException("There is no AES-GCM in this JVM", e);
    }
  }

  /** Of keys of so many bits. */
  static Factory.Named<net.schmizz.sshj.transport.cipher.Cipher> ofBits(int bits) {
    return new Factory.Named<>() {
      @Override
      public String getName() {
        return "aes" + bits + "-gcm@openssh.com";
      }

      @Override
      public net.schmizz.sshj.transport.cipher.Cipher create() {
        return new AesGcmCipher(bits / 8);
      }
    };
  }

  /** The size of the key: sshj means that by a block. */
  @Override
  public int getBlockSize() {
    return keySize;
  }

  @Override
  public int getIVSize() {
    return IV;
  }

  @Override
  public int getAuthenticationTagSize() {
    return TAG;
  }

  @Override
  public void init(Mode direction, byte[] keyMaterial, byte[] ivMaterial) {
    mode = direction == Mode.Encrypt ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE;
    key = new SecretKeySpec(keyMaterial, 0, keySize, "AES");
    System.arraycopy(ivMaterial, 0, iv, 0, IV);
    begin();
  }

  @Override
  public void updateAAD(byte[] data, int offset, int length) {
    cipher.updateAAD(data, offset, length);
  }

  @Override
  public void updateAAD(byte[] data) {
    updateAAD(data, 0, data.length);
  }

  @Override
  public void updateWithAAD(byte[] data, int offset, int aadLength, int length) {
    updateAAD(data, offset, aadLength);
    update(data, offset + aadLength, length);
  }

  /** In place; the tag comes or is after the data. */
  @Override
  public void update(byte[] data, int offset, int length) {
    int given = mode == Cipher.DECRYPT_MODE ? length + TAG : length;
    if (result.length < length + TAG) {
      result = new byte[Math.max(length + TAG, 2 * result.length)];
    }
    try {
      // Told to work in place, the JDK makes an array as large as the whole buffer.
      int made = cipher.doFinal(data, offset, given, result, 0);
      System.arraycopy(result, 0, data, offset, made);
    } catch (GeneralSecurityException e) {
      throw new SSHRuntimeException("A packet was changed on its way, or is none", e);
    }
    ByteBuffer count = ByteBuffer.wrap(iv);
    count.putLong(COUNTER, count.getLong(COUNTER) + 1);
    begin();
  }

  /** The counter in the IV does that. */
  @Override
  public void setSequenceNumber(long number) {}

  private void begin() {
    try {
      cipher.init(mode, key, new GCMParameterSpec(8 * TAG, iv));
    } catch (GeneralSecurityException e) {
      throw new SSHRuntimeException("AES-GCM takes no such key", e);
    }
  }
}
