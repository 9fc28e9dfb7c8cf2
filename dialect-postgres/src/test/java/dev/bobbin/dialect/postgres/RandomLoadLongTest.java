package dev.bobbin.dialect.postgres;

import org.junit.jupiter.api.Tag;

/** The same for longer. */
@Tag("long")
class RandomLoadLongTest extends RandomLoadTest {

  @Override
  int rounds(int many) {
    return many * 2;
  }
}
