/** What the dialects that speak JDBC share. */
module dev.bobbin.dialect.jdbc {
  exports dev.bobbin.dialect.jdbc;
  exports dev.bobbin.dialect.jdbc.load;

  requires static transitive org.jspecify;
  requires transitive dev.bobbin.core;
  requires transitive java.sql;
  requires com.zaxxer.hikari;
  requires jdk.net;
  requires org.slf4j;
}
