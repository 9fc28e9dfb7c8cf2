package dev.bobbin.testsupport;

import com.fasterxml.jackson.core.JsonFactory;
import dev.bobbin.Replicator;
import dev.bobbin.testservers.ChildJvm;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;

/** Bobbin as named modules, in a JVM of its own. */
public final class NamedModules {

  private NamedModules() {}

  /**
   * The description of a JVM whose application is on the class path, so that it sees just what the
   * modules export.
   *
   * @param application has the {@code main}; in a package that no module has
   * @param root the module that the others are resolved for
   * @param parts a class of each module beside the core and what the core requires
   */
  public static ChildJvm.Builder child(Class<?> application, String root, Class<?>... parts) {
    String modulePath =
        Stream.concat(
                Stream.of(Replicator.class, Logger.class, JsonFactory.class), Stream.of(parts))
            .map(type -> place(type).toString())
            .distinct()
            .collect(Collectors.joining(File.pathSeparator));
    return ChildJvm.of(application)
        .jvmFlags(
            "--module-path",
            modulePath,
            "--add-modules",
            root,
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
  }

  private static Path place(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
