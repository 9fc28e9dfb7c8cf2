package dev.bobbin.examples;

import static dev.bobbin.examples.TestShop.SERVER;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A project like a user's, outside of this build: it knows Bobbin's artifacts from a repository
 * alone, as they would be published. The modules must have been packaged, as in a build of the
 * whole.
 */
@Tag("long")
class UserProjectTest {

  private static final String GROUP = "dev/bobbin/";
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @TempDir Path folder;

  private String version = "";

  @BeforeEach
  void publish() throws IOException {
    version = property("bobbin.version");
    publish("bobbin-parent", ROOT.resolve("pom.xml"), null);
    publish("bobbin-bom", ROOT.resolve("bom/pom.xml"), null);
    for (String module : List.of("core", "dialect-jdbc", "dialect-postgres")) {
      Path home = ROOT.resolve(module);
      String artifact = "bobbin-" + module;
      Path jar = home.resolve("target/" + artifact + "-" + version + ".jar");
      assertThat(jar).as("run this test in a build that packages the modules").exists();
      publish(artifact, home.resolve("pom.xml"), jar);
    }
  }

  private void publish(String artifact, Path pom, Path jar) throws IOException {
    Path target =
        Files.createDirectories(folder.resolve("repository/" + GROUP + artifact + "/" + version));
    String name = artifact + "-" + version;
    Files.copy(pom, target.resolve(name + ".pom"));
    if (jar != null) {
      Files.copy(jar, target.resolve(name + ".jar"));
    }
  }

  @Test
  void copiesATableWithTheDialectAsItsOnlyDependency() throws Exception {
    Shop shop = TestShop.create();
    Path project = project("bobbin-dialect-postgres");
    Path source = Files.createDirectories(project.resolve("src/main/java"));
    Files.writeString(source.resolve("Main.java"), MAIN);
    String classPath = classPath(project, "compile");

    List<String> printed =
        run(
            project,
            Map.of("PASSWORD", TestShop.password()),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            project.resolve("target/classes") + File.pathSeparator + classPath,
            "Main",
            SERVER.host(),
            Integer.toString(SERVER.port()),
            shop.database(),
            SERVER.user(),
            folder.resolve("state").toString());

    assertThat(printed).contains("orders: " + TestShop.ORDERS, "countries: 17");
    assertThat(artifacts(classPath))
        .containsExactlyInAnyOrder(
            "bobbin-dialect-postgres",
            "bobbin-dialect-jdbc",
            "bobbin-core",
            "postgresql",
            "checker-qual", // the driver's own
            "HikariCP",
            "slf4j-api",
            "jackson-core",
            "jspecify");
  }

  @Test
  void coreBringsThreeLibraries() throws Exception {
    assertThat(artifacts(classPath(project("bobbin-core"))))
        .containsExactlyInAnyOrder("bobbin-core", "slf4j-api", "jackson-core", "jspecify");
  }

  private static List<String> artifacts(String classPath) {
    return Arrays.stream(classPath.split(File.pathSeparator))
        .map(jar -> Path.of(jar).getFileName().toString().replaceAll("-\\d.*", ""))
        .toList();
  }

  private Path project(String dependency) throws IOException {
    Path project = Files.createDirectories(folder.resolve(dependency));
    Files.writeString(
        project.resolve("pom.xml"),
        POM.replace("${bobbin.version}", version)
            .replace("${dependency}", dependency)
            .replace("${compiler.version}", property("bobbin.compiler-plugin.version"))
            .replace("${dependency-plugin.version}", property("bobbin.dependency-plugin.version"))
            .replace("${resources.version}", property("bobbin.resources-plugin.version")));
    return project;
  }

  /** What the project has on its class path when it runs, after the goals or phases. */
  private String classPath(Path project, String... goals) throws Exception {
    Path file = project.resolve("class-path.txt");
    List<String> command = new ArrayList<>();
    command.add(ROOT.resolve("mvnw").toString());
    command.addAll(List.of("-B", "-ntp", "-q", "-f", project.resolve("pom.xml").toString()));
    command.add("-Dmaven.repo.local=" + folder.resolve("repository"));
    command.add("-Dmaven.repo.local.tail=" + property("bobbin.maven.repository"));
    command.addAll(List.of(goals));
    command.add("dependency:build-classpath");
    command.add("-Dmdep.includeScope=runtime");
    command.add("-Dmdep.outputFile=" + file);
    run(project, Map.of(), command.toArray(String[]::new));
    return Files.readString(file).strip();
  }

  private static List<String> run(Path where, Map<String, String> environment, String... command)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(where.toFile()).redirectErrorStream(true);
    builder.environment().remove("MAVEN_PROJECTBASEDIR"); // the build's around this test
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.lines().toList();
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    assertThat(value).as("the system property " + name + ", set in examples/pom.xml").isNotBlank();
    return value;
  }

  private static final String POM =
      """
      <project xmlns="http://maven.apache.org/POM/4.0.0">
        <modelVersion>4.0.0</modelVersion>
        <groupId>com.example</groupId>
        <artifactId>user</artifactId>
        <version>1</version>
        <properties>
          <maven.compiler.release>17</maven.compiler.release>
          <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
        </properties>
        <dependencyManagement>
          <dependencies>
            <dependency>
              <groupId>dev.bobbin</groupId>
              <artifactId>bobbin-bom</artifactId>
              <version>${bobbin.version}</version>
              <type>pom</type>
              <scope>import</scope>
            </dependency>
          </dependencies>
        </dependencyManagement>
        <dependencies>
          <dependency>
            <groupId>dev.bobbin</groupId>
            <artifactId>${dependency}</artifactId>
          </dependency>
        </dependencies>
        <build>
          <pluginManagement>
            <plugins>
              <plugin>
                <artifactId>maven-resources-plugin</artifactId>
                <version>${resources.version}</version>
              </plugin>
              <plugin>
                <artifactId>maven-compiler-plugin</artifactId>
                <version>${compiler.version}</version>
              </plugin>
              <plugin>
                <artifactId>maven-dependency-plugin</artifactId>
                <version>${dependency-plugin.version}</version>
              </plugin>
            </plugins>
          </pluginManagement>
        </build>
      </project>
      """;

  private static final String MAIN =
      """
      import static dev.bobbin.select.TableSelection.table;

      import dev.bobbin.Replicator;
      import dev.bobbin.RunReport;
      import dev.bobbin.dialect.postgres.PostgresDialect;
      import dev.bobbin.select.Selection;
      import dev.bobbin.state.FileStateStore;
      import dev.bobbin.tls.Tls;
      import java.nio.file.Path;
      import java.util.Map;
      import java.util.concurrent.ConcurrentHashMap;

      public class Main {
        public static void main(String[] args) {
          Map<String, Integer> rows = new ConcurrentHashMap<>();
          PostgresDialect shop =
              PostgresDialect.at(args[0], Integer.parseInt(args[1]), args[2])
                  .tls(Tls.off())
                  .login(args[3], () -> System.getenv("PASSWORD"));
          Selection selection =
              Selection.of(
                  table("public.orders").incrementalBy("updated_at"), table("public.countries"));
          try (Replicator replicator =
              Replicator.from(shop)
                  .named("User")
                  .rememberIn(FileStateStore.at(Path.of(args[4])))
                  .build()) {
            RunReport report =
                replicator.replicate(
                    selection,
                    batch -> rows.merge(batch.table().name(), batch.rowCount(), Integer::sum));
            report.throwIfFailed();
          }
          rows.forEach((table, count) -> System.out.println(table + ": " + count));
        }
      }
      """;
}
