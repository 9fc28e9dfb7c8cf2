package dev.bobbin.dialect.postgres.faults;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/** The tests of {@link ValueFaultsTest} with four readers instead of one. */
@ExtendWith(Scene.FourReaders.class)
@Tag("long")
class ValueFaultsWithFourReadersTest extends ValueFaultsTest {}
