/** The PostgreSQL dialect. */
module dev.bobbin.dialect.postgres {
  exports dev.bobbin.dialect.postgres;

  requires static transitive org.jspecify;
  requires transitive dev.bobbin.core;
  requires transitive java.sql;
  requires dev.bobbin.dialect.jdbc;
  requires org.postgresql.jdbc;
  requires static org.checkerframework.checker.qual;
  requires org.slf4j;
}
