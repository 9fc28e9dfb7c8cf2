/** SSH tunnels through which sources are reached. */
@SuppressWarnings("requires-automatic") // sshj states its module's name in its manifest
module dev.bobbin.ssh {
  exports dev.bobbin.ssh;

  requires transitive dev.bobbin.core;
  requires com.hierynomus.sshj;
  requires static transitive org.jspecify;
  requires org.bouncycastle.provider;
  requires org.slf4j;
}
