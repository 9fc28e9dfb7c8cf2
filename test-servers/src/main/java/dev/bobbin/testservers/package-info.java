/**
 * Real database servers, a faulty network and child JVMs for tests: from Maven artifacts only,
 * without Docker.
 */
@NullMarked
package dev.bobbin.testservers;

import org.jspecify.annotations.NullMarked;
