/** What the tests of several modules share. */
@NullMarked
package dev.bobbin.testsupport;

import org.jspecify.annotations.NullMarked;
