/** The MySQL and MariaDB dialect. */
module dev.bobbin.dialect.mysql {
  exports dev.bobbin.dialect.mysql;

  requires static transitive org.jspecify;
  requires transitive dev.bobbin.core;
  requires transitive java.sql;
  requires dev.bobbin.dialect.jdbc;
  requires mysql.connector.j;
  requires org.slf4j;
}
