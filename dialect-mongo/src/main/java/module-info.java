/** The MongoDB dialect. */
@SuppressWarnings("requires-transitive-automatic") // the driver has no module-info
module dev.bobbin.dialect.mongo {
  exports dev.bobbin.dialect.mongo;

  requires static transitive org.jspecify;
  requires transitive dev.bobbin.core;
  requires transitive org.mongodb.driver.core;
  requires org.mongodb.bson;
  requires org.mongodb.driver.sync.client;
  requires org.slf4j;
}
