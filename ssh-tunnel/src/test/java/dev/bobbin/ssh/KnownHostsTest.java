package dev.bobbin.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KnownHostsTest {

  private static final String KEY = SshKeyPair.generate().publicKeyText();

  private static KnownHosts of(String... lines) {
    return new KnownHosts(List.of(lines));
  }

  @ParameterizedTest
  @CsvSource({
    "bastion, bastion, 22, true",
    "bastion, Bastion, 22, true",
    "bastion, bastion, 2222, false",
    "[bastion]:2222, bastion, 2222, true",
    "[bastion]:2222, bastion, 22, false",
    "'a,bastion,b', bastion, 22, true",
    "*.example.com, x.example.com, 22, true",
    "*.example.com, example.com, 22, false",
    "*.example.com, xexample.com, 22, false",
    "b?stion, bastion, 22, true",
    "b?stion, bstion, 22, false",
    "'*.example.com,!evil.example.com', x.example.com, 22, true",
    "'*.example.com,!evil.example.com', evil.example.com, 22, false",
    "!evil, good, 22, false",
    "[*]:2222, bastion, 2222, true",
    "*, bastion, 22, true",
    "2001:db8::1, 2001:DB8::1, 22, true",
  })
  void namesApplyAsInOpenSsh(String patterns, String host, int port, boolean applies) {
    assertThat(of(patterns + " " + KEY + " comment").keysOf(host, port)).hasSize(applies ? 1 : 0);
  }

  @Test
  void hashedNamesApply() throws Exception {
    byte[] salt = "01234567890123456789".getBytes(StandardCharsets.US_ASCII);
    Mac mac = Mac.getInstance("HmacSHA1");
    mac.init(new SecretKeySpec(salt, "HmacSHA1"));
    String hashed =
        "|1|"
            + Base64.getEncoder().encodeToString(salt)
            + "|"
            + Base64.getEncoder()
                .encodeToString(mac.doFinal("[bastion]:2222".getBytes(StandardCharsets.US_ASCII)));
    KnownHosts hosts = of(hashed + " " + KEY);
    assertThat(hosts.keysOf("bastion", 2222)).hasSize(1);
    assertThat(hosts.keysOf("bastion", 22)).isEmpty();
    assertThat(hosts.keysOf("other", 2222)).isEmpty();
  }

  @Test
  void aRevokedKeyIsRevokedWhateverAnotherLineSays() {
    KnownHosts hosts = of("bastion " + KEY, "@revoked * " + KEY);
    HostKey key = hosts.keysOf("bastion", 22).get(0);
    assertThat(hosts.isRevoked("bastion", 22, key)).isTrue();
    assertThat(of("bastion " + KEY).isRevoked("bastion", 22, key)).isFalse();
  }

  @Test
  void linesThatAreNoKeysArePassedOver() {
    KnownHosts hosts =
        of(
            "",
            "# bastion " + KEY,
            "bastion",
            "bastion ssh-ed25519",
            "bastion ssh-ed25519 !!!",
            "bastion ssh-rsa " + KEY.split(" ", -1)[1],
            "@cert-authority bastion " + KEY,
            "bastion 1024 35 1234",
            "bastion ssh-ed25519 /////w==");
    assertThat(hosts.keysOf("bastion", 22)).isEmpty();
  }
}
