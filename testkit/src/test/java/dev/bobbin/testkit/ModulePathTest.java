package dev.bobbin.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The test kit as a named module, as a host on the module path has it. */
class ModulePathTest {

  @Test
  void isANamedModuleThatReadsWhatItNeeds() throws Exception {
    Path[] path =
        Stream.of(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)))
            .map(Path::of)
            .filter(entry -> !entry.endsWith("test-classes"))
            .filter(entry -> !entry.toString().matches(".*(assertj|byte-buddy|engine|simple).*"))
            .toArray(Path[]::new);
    Configuration configuration =
        ModuleLayer.boot()
            .configuration()
            .resolve(ModuleFinder.of(path), ModuleFinder.of(), Set.of("dev.bobbin.testkit"));
    ModuleLayer layer =
        ModuleLayer.boot()
            .defineModulesWithOneLoader(configuration, ClassLoader.getPlatformClassLoader());
    Class<?> source =
        layer.findLoader("dev.bobbin.testkit").loadClass("dev.bobbin.testkit.InMemorySource");
    assertThat(source.getModule().getName()).isEqualTo("dev.bobbin.testkit");
    Object shop = source.getMethod("named", String.class).invoke(null, "shop");
    assertThat(source.getMethod("describe").invoke(shop)).isEqualTo("In-memory source shop");
    Class<?> contract =
        layer
            .findLoader("dev.bobbin.testkit")
            .loadClass("dev.bobbin.testkit.SourceDialectContract");
    assertThat(contract.getMethods()).anyMatch(m -> m.getName().equals("oddNamesAreData"));
  }
}
