package dev.bobbin;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("test-servers"))
          .importPackages("dev.bobbin");

  /** Each package may use those before it. */
  private static final List<List<String>> LAYERS =
      List.of(
          List.of("error"),
          List.of("catalog", "check", "tls"),
          List.of("select", "state"),
          List.of("record"),
          List.of("plan", "sink"),
          List.of("spi"),
          List.of("internal"),
          List.of(""));

  @Test
  void packagesUseEachOtherInOneDirection() {
    slices().matching("dev.bobbin.(*)..").should().beFreeOfCycles().check(CORE);
    Set<String> wrong = new TreeSet<>();
    for (JavaClass from : CORE) {
      from.getDirectDependenciesFromSelf().stream()
          .map(d -> d.getTargetClass())
          .filter(to -> to.getPackageName().startsWith("dev.bobbin"))
          .filter(to -> !to.getPackageName().equals(from.getPackageName()))
          .filter(to -> layer(to) >= layer(from))
          .forEach(to -> wrong.add(from.getName() + " -> " + to.getName()));
    }
    assertThat(wrong).isEmpty();
  }

  private static int layer(JavaClass type) {
    String name =
        type.getPackageName().equals("dev.bobbin") ? "" : type.getPackageName().substring(11);
    for (int i = 0; i < LAYERS.size(); i++) {
      if (LAYERS.get(i).contains(name)) {
        return i;
      }
    }
    throw new AssertionError("a package without a layer: " + name);
  }

  @Test
  void fewTypesArePublic() {
    Set<String> exported =
        CORE.stream()
            .filter(c -> !c.getPackageName().endsWith("internal"))
            .filter(c -> c.isTopLevelClass())
            .filter(
                c ->
                    c.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.PUBLIC))
            .map(JavaClass::getSimpleName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(exported).as("public on purpose: %s", exported).hasSizeBetween(30, 65);
  }
}
