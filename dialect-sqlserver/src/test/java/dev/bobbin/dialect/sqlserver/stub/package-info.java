/** A server that speaks as much of TDS as the driver needs, with canned answers. */
package dev.bobbin.dialect.sqlserver.stub;
