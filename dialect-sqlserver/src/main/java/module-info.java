/** The SQL Server and Babelfish dialect. */
module dev.bobbin.dialect.sqlserver {
  exports dev.bobbin.dialect.sqlserver;

  requires static transitive org.jspecify;
  requires transitive dev.bobbin.core;
  requires transitive java.sql;
  requires dev.bobbin.dialect.jdbc;
  requires com.microsoft.sqlserver.jdbc;
  requires org.slf4j;
}
