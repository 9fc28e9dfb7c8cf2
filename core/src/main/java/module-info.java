/**
 * The core of Bobbin, an embeddable library that copies data out of databases into a sink that the
 * host application implements.
 */
module dev.bobbin.core {
  exports dev.bobbin;
  exports dev.bobbin.catalog;
  exports dev.bobbin.check;
  exports dev.bobbin.error;
  exports dev.bobbin.plan;
  exports dev.bobbin.record;
  exports dev.bobbin.select;
  exports dev.bobbin.sink;
  exports dev.bobbin.spi;
  exports dev.bobbin.state;
  exports dev.bobbin.tls;

  requires static transitive org.jspecify;
  requires com.fasterxml.jackson.core;
  requires org.slf4j;
}
