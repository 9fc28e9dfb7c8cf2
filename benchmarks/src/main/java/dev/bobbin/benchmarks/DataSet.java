package dev.bobbin.benchmarks;

import java.sql.SQLException;

/** Tables that benchmarks read. They are the same every time they are made. */
interface DataSet {

  /** What they are made for. */
  Product product();

  /** How many rows it is meant to have. */
  long defaultRows();

  /** Makes the tables in an empty database, with the server's memory warm and its work done. */
  void create(DatabaseServer server, String database, long rows) throws SQLException;

  /** What is read of it, where it was made with so many rows. */
  Work work(long rows);
}
