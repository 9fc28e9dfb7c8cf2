package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hierynomus.sshj.transport.cipher.GcmCiphers;
import java.util.Arrays;
import java.util.Random;
import net.schmizz.sshj.common.SSHRuntimeException;
import net.schmizz.sshj.transport.cipher.Cipher;
import net.schmizz.sshj.transport.cipher.Cipher.Mode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AesGcmCipherTest {
  private static final int TAG = 16;

  private final Random random = new Random(42);
  private final byte[] key = bytes(64);
  private final byte[] iv = bytes(32);

  @ParameterizedTest
  @ValueSource(ints = {128, 256})
  void makesAndReadsThePacketsThatSshjMakesAndReads(int bits) {
    Cipher sshj = bits == 128 ? GcmCiphers.AES128GCM().create() : GcmCiphers.AES256GCM().create();
    sshj.init(Mode.Encrypt, key, iv);
    Cipher encrypting = cipher(bits, Mode.Encrypt);
    Cipher decrypting = cipher(bits, Mode.Decrypt);
    for (int length : new int[] {16, 32_768, 48}) {
      byte[] plain = bytes(4 + length + TAG);
      byte[] theirs = plain.clone();
      sshj.updateWithAAD(theirs, 0, 4, length);
      byte[] ours = plain.clone();
      encrypting.updateWithAAD(ours, 0, 4, length);
      assertThat(ours).isEqualTo(theirs);
      decrypting.updateAAD(theirs, 0, 4);
      decrypting.update(theirs, 4, length);
      assertThat(Arrays.copyOf(theirs, 4 + length)).isEqualTo(Arrays.copyOf(plain, 4 + length));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 100, 4 + 160, 4 + 160 + TAG - 1})
  void refusesAPacketOfWhichABitIsChanged(int at) {
    byte[] packet = bytes(4 + 160 + TAG);
    cipher(128, Mode.Encrypt).updateWithAAD(packet, 0, 4, 160);
    packet[at] ^= 1;
    Cipher decrypting = cipher(128, Mode.Decrypt);
    decrypting.updateAAD(packet, 0, 4);
    assertThatThrownBy(() -> decrypting.update(packet, 4, 160))
        .isInstanceOf(SSHRuntimeException.class);
  }

  @Test
  void countsOnWhereTheCounterOverflows() {
    Arrays.fill(iv, 4, 12, (byte) 0xFF);
    Cipher encrypting = cipher(128, Mode.Encrypt);
    Cipher decrypting = cipher(128, Mode.Decrypt);
    for (int i = 0; i < 3; i++) {
      byte[] plain = bytes(4 + 16 + TAG);
      byte[] packet = plain.clone();
      encrypting.updateWithAAD(packet, 0, 4, 16);
      decrypting.updateAAD(packet, 0, 4);
      decrypting.update(packet, 4, 16);
      assertThat(Arrays.copyOf(packet, 20)).isEqualTo(Arrays.copyOf(plain, 20));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 256})
  void neverEncryptsTwoPacketsAlike(int bits) {
    Cipher encrypting = cipher(bits, Mode.Encrypt);
    byte[] first = new byte[4 + 16 + TAG];
    byte[] second = first.clone();
    encrypting.updateWithAAD(first, 0, 4, 16);
    encrypting.updateWithAAD(second, 0, 4, 16);
    assertThat(first).isNotEqualTo(second);
  }

  private Cipher cipher(int bits, Mode mode) {
    Cipher cipher = AesGcmCipher.ofBits(bits).create();
    cipher.init(mode, key, iv);
    return cipher;
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
