package dev.bobbin.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MongoAddressTest {

  @ParameterizedTest
  @CsvSource({
    "mongodb://db.example.com, mongodb://db.example.com/",
    "mongodb://me:p%40ss@db.example.com:27018/, mongodb://me:p%40ss@db.example.com:27018/",
    "mongodb://me:x@h?tls=true, mongodb://me:x@h/?tls=true",
    "mongodb://me:x@h/own?tls=true, mongodb://me:x@h/?tls=true&authSource=own",
    "mongodb://me:x@h/own, mongodb://me:x@h/?authSource=own",
    "mongodb://me:x@h/own?authsource=admin, mongodb://me:x@h/?authsource=admin",
    "'mongodb://me:x@a:1,b:2/?replicaSet=rs', 'mongodb://me:x@a:1,b:2/?replicaSet=rs'",
    "mongodb://[::1]:27018/, mongodb://[::1]:27018/"
  })
  void losesTheDatabaseButNotWhereTheUserIs(String url, String uri) {
    assertThat(MongoAddress.parse(url).uri()).isEqualTo(uri);
  }

  @Test
  void tellsItsParts() {
    MongoAddress set =
        MongoAddress.parse("mongodb://m%2Fe:p%40s+s@a:1,b:2/?replicaSet=rs&tls=true");
    assertThat(set.host()).isEqualTo("a");
    assertThat(set.port()).isEqualTo(1);
    assertThat(set.user()).contains("m/e");
    assertThat(set.password()).contains("p@s+s");
    assertThat(set.toString()).isEqualTo("m/e@a:1,b:2");
    MongoAddress open = MongoAddress.parse("mongodb://[::1]");
    assertThat(open.host()).isEqualTo("::1");
    assertThat(open.port()).isEqualTo(27017);
    assertThat(open.user()).isEmpty();
    assertThat(open.password()).isEmpty();
    MongoAddress certified = MongoAddress.parse("mongodb://me@h/?authMechanism=MONGODB-X509");
    assertThat(certified.user()).contains("me");
    assertThat(certified.password()).isEmpty();
  }

  @Test
  void leavesTheReplicaSetBehindTheProxyAlone() throws Exception {
    try (EchoServer echo = new EchoServer();
        TcpProxy proxy = TcpProxy.to("127.0.0.1", echo.port())) {
      MongoAddress set = MongoAddress.parse("mongodb://me:x@a:1,b:2/?replicaSet=rs&tls=true");
      assertThat(set.through(proxy).uri())
          .isEqualTo(
              "mongodb://me:x@127.0.0.1:" + proxy.port() + "/?tls=true&directConnection=true");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://me:secret@h/d",
        "mongodb+srv://me:secret@h/",
        "mongodb://me:secret@",
        "mongodb://me:sec:ret@h:port/",
        "mongodb://me:secret@h/?authMechanism=nonsense"
      })
  void refusesOthersWithoutRepeatingThem(String url) {
    assertThatThrownBy(() -> MongoAddress.parse(url))
        .hasMessageContaining("BOBBIN_TEST_MONGODB_URL")
        .hasMessageNotContaining("sec")
        .hasNoCause();
  }
}
