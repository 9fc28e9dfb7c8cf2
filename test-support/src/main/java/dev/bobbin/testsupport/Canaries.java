package dev.bobbin.testsupport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bobbin.testservers.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A password and values of rows that are found nowhere else: they are looked for, as text, in hex
 * and in Base64, where they must not be.
 */
public final class Canaries {

  public static final String PASSWORD = "CanaryPassword1";

  /** A value of a row. */
  public static final String VALUE = "CanaryValue2";

  /** A value of a text key, which only the state may hold. */
  public static final String KEY = "CanaryKey3";

  /** A value of a row that is a number. */
  public static final long NUMBER = 7_306_182_945_501L;

  /** What is shown of a line that should not be there. */
  private static final int LINE = 200;

  private Canaries() {}

  /** All that an application prints to its end, with logs at TRACE. */
  public static List<String> printedBy(ChildJvm.Builder application) {
    try (ChildJvm child =
        application
            .jvmFlags(
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                "-Dorg.slf4j.simpleLogger.logFile=System.err",
                "-XX:TieredStopAtLevel=1")
            .start()) {
      ChildJvms.awaitSuccess(child);
      List<String> printed = new ArrayList<>(child.lines());
      printed.addAll(child.errors());
      return printed;
    }
  }

  public static void assertNoneIn(List<String> printed) {
    for (String canary : all()) {
      assertThat(
              printed.stream()
                  .filter(l -> l.toLowerCase(Locale.ROOT).contains(canary))
                  .map(l -> l.substring(0, Math.min(LINE, l.length())))
                  .limit(5))
          .as(canary)
          .isEmpty();
    }
  }

  /**
   * The state holds a bookmark of {@link #KEY}, in files that are private, and no canary beside the
   * keys.
   */
  public static void assertHoldsKeysAlone(Path state, Object... keys) throws IOException {
    Set<String> allowed =
        Stream.concat(Stream.of(KEY), Stream.of(keys))
            .map(key -> key.toString().toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet());
    List<Path> files;
    try (Stream<Path> found = Files.walk(state)) {
      files = found.filter(Files::isRegularFile).toList();
    }
    StringBuilder text = new StringBuilder();
    for (Path file : files) {
      String content = Files.readString(file);
      text.append(content);
      for (String canary : all()) {
        if (!allowed.contains(canary)) {
          assertThat(content.toLowerCase(Locale.ROOT)).as("%s", file).doesNotContain(canary);
        }
      }
      if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as("%s", file)
            .isEqualTo("rw-------");
      }
    }
    assertThat(text).as("the bookmark is kept, so the file must be private").contains(KEY);
  }

  private static List<String> all() {
    List<String> canaries = new ArrayList<>();
    for (String text : List.of(PASSWORD, VALUE, KEY)) {
      byte[] bytes = text.getBytes(UTF_8);
      canaries.add(text);
      canaries.add(HexFormat.of().formatHex(bytes));
      canaries.add(Base64.getEncoder().encodeToString(bytes).replace("=", ""));
    }
    canaries.add(Long.toString(NUMBER));
    return canaries.stream().map(c -> c.toLowerCase(Locale.ROOT)).toList();
  }
}
