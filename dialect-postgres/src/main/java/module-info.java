/** The PostgreSQL dialect. */
module dev.bobbin.dialect.postgres {
  // exports dev.bobbin.dialect.postgres; (not before its first class)

  requires transitive dev.bobbin.core;
  requires dev.bobbin.dialect.jdbc;
  requires org.postgresql.jdbc;
  requires static org.checkerframework.checker.qual;
  requires org.slf4j;

// exports dev.bobbin.dialect.postgres;
}
